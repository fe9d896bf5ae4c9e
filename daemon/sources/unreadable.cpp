#include "daemon/sources/unreadable.h"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <vector>

#include "audit/likeness.h"
#include "audit/salvage.h"
#include "daemon/sources/file_identity.h"
#include "daemon/sources/generation.h"
#include "daemon/sources/line_splitter.h"

namespace redshank {

namespace {

constexpr std::string_view kWriteIt =
    "let the API server write it (--audit-log-path, --audit-policy-file); `redshank doctor` says what is "
    "missing";

std::string fix_of(const std::string& path, int error) {
    if (is_gone(error)) return "; " + std::string(kWriteIt);
    if (error == EISDIR) return "; name the file that --audit-log-path names, e.g. audit.log in that folder";
    if (error != EACCES && error != EPERM) return {};
    const auto facts = facts_of(path);
    const std::string seen =
        facts ? fmt::format(" (mode {:04o}, owner uid {})", facts->mode & 07777U, facts->owner)
              : " (of a folder above it)";
    return seen +
           "; let the service's group read it: chgrp GROUP FILE && chmod 0640 FILE, and x for it on the "
           "folder "
           "(the API server keeps both at rotation)";
}

}  // namespace

bool is_gone(int error) {
    return error == ENOENT || error == ENOTDIR;
}

std::string unreadable(const std::string& path, int error) {
    return fmt::format("cannot read {}: {}{}", path,
                       error == EISDIR ? "it is no regular file" : std::strerror(error), fix_of(path, error));
}

std::string problem_of_log(const std::string& path) {
    const auto log = Generation::open(path);
    if (!log) return unreadable(path, errno);
    LineSplitter splitter;
    std::vector<Line> lines;
    log->rewind(splitter);
    log->read(splitter);
    splitter.split(lines);
    splitter.finish(lines);
    if (lines.empty()) return path + " is empty; " + std::string(kWriteIt);
    audit::EventParser parser;
    audit::Event event;
    for (const Line& line : lines) {
        if (audit::read_line(parser, line.text, event, [](const audit::Event&, size_t) {}).events > 0)
            return {};
    }
    return fmt::format("no line of {} is an audit event; the first {}", path,
                       audit::likeness(lines.front().text));
}

}  // namespace redshank
