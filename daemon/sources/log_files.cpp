#include "daemon/sources/log_files.h"

#include <unistd.h>

#include <algorithm>
#include <any>
#include <utility>

#include "audit/salvage.h"
#include "daemon/sources/backups.h"
#include "daemon/sources/file_identity.h"
#include "daemon/sources/file_source.h"
#include "daemon/sources/log_reader.h"

namespace redshank {

namespace {

constexpr std::chrono::minutes kDisorder{10};
constexpr uint64_t kTail = uint64_t{1} << 20;  // bytes in which a whole last line is looked for

audit::Time time_of_ns(int64_t ns) {
    return audit::Time{std::chrono::duration_cast<audit::Duration>(std::chrono::nanoseconds{ns})};
}

// Of the first event among lines, as the parser reads it: what a client wrote counts for nothing.
std::optional<audit::Time> first_time(const std::vector<Line>& lines) {
    audit::EventParser parser;
    audit::Event event;
    std::optional<audit::Time> time;
    for (const Line& line : lines) {
        const auto take = [&](const audit::Event& one, size_t) {
            if (!time) time = one.stage_time;
        };
        audit::read_line(parser, line.text, event, take);
        if (time) return time;
    }
    return time;
}

std::optional<audit::Time> last_time(const std::vector<Line>& lines) {
    for (auto line = lines.rbegin(); line != lines.rend(); ++line) {
        if (const auto time = first_time({*line})) return time;
    }
    return std::nullopt;
}

// Of the end of a plain file. Its first line may be a part of one, which is passed over.
std::optional<audit::Time> time_of_tail(int fd, uint64_t size) {
    const uint64_t from = size - std::min(size, kTail);
    LineSplitter splitter;
    std::vector<Line> lines;
    splitter.reset(from);
    const ssize_t got = ::pread(fd, splitter.room(kTail), kTail, static_cast<off_t>(from));
    if (got <= 0) return std::nullopt;
    splitter.add(static_cast<size_t>(got));
    splitter.split(lines);
    splitter.finish(lines);
    if (from > 0 && !lines.empty()) lines.erase(lines.begin());
    return last_time(lines);
}

// The name of the compressed form; "" when there is none.
std::string packed_name(const std::string& path) {
    for (const std::string_view ending : kPackedEndings) {
        std::string packed = path + std::string(ending);
        if (facts_of(packed)) return packed;
    }
    return {};
}

}  // namespace

std::vector<LogFile> files_of_log(const std::string& log, std::string& problem,
                                  const std::vector<std::string>& folders) {
    LogFile live{.path = log};
    live.fd = open_log(log, problem);
    const auto facts = live.fd ? facts_of(live.fd.get()) : std::nullopt;
    std::vector<LogFile> files;
    std::error_code ignored;
    for (const Backup& backup : list_backups(log, ignored, folders)) {
        const auto of_backup = facts_of(backup.path);
        if (facts && of_backup && of_backup->same_file(*facts)) continue;  // rotated away just now
        files.push_back({.path = backup.path});
        if (backup.is_stamped) files.back().written = time_of_ns(backup.key);
    }
    if (live.fd) files.push_back(std::move(live));
    return files;
}

std::vector<LogFile> files_of_sources(const std::vector<SourceConfig>& sources, const std::string& cluster,
                                      std::vector<std::string>& problems) {
    std::vector<LogFile> all;
    for (const SourceConfig& source : sources) {
        const auto* own = std::any_cast<FileSourceConfig>(&source.own);
        if (own == nullptr || (!cluster.empty() && source.cluster != cluster)) continue;
        std::string reason;
        for (LogFile& file : files_of_log(own->path, reason, own->folders())) {
            file.cluster = source.cluster;
            file.line_limit = source.line_limit;
            all.push_back(std::move(file));
        }
        if (!reason.empty()) problems.push_back("cannot read " + own->path + ": " + reason);
    }
    return all;
}

std::vector<LogFile> of_generations(std::vector<LogFile> files, const std::set<std::string>& generations) {
    std::vector<LogFile> found;
    for (LogFile& file : files) {
        if (file.path == "-") continue;
        std::string reason;
        UniqueFd fd = open_log(file, reason);
        if (!fd) continue;
        LogReader reader(fd, file.line_limit);
        std::vector<Line> lines;
        while (reader.generation().empty() && reader.read(lines)) lines.clear();
        if (reader.generation().empty() || !generations.contains(reader.generation())) continue;
        ::lseek(fd.get(), 0, SEEK_SET);
        file.fd = std::move(fd);
        found.push_back(std::move(file));
    }
    return found;
}

UniqueFd open_log(LogFile& file, std::string& reason) {
    if (file.fd) return std::move(file.fd);
    UniqueFd fd = open_log(file.path, reason);
    if (fd || facts_of(file.path)) return fd;
    std::string packed = packed_name(file.path);
    if (packed.empty()) return fd;
    file.path = std::move(packed);
    reason.clear();
    return open_log(file.path, reason);
}

bool LogSpan::may_hold(std::optional<audit::Time> since, std::optional<audit::Time> until) const {
    return !(since && last && *last + kDisorder < *since) && !(until && first && *first - kDisorder > *until);
}

LogSpan span_of(const LogFile& file, const UniqueFd& fd) {
    LogSpan span;
    const auto facts = facts_of(fd.get());
    if (!facts || !facts->is_regular) return span;
    std::vector<Line> lines;
    LogReader reader(fd, file.line_limit);
    for (bool more = true; more && lines.empty();) more = reader.read(lines);
    span.first = first_time(lines);
    const bool is_packed = packing_of(fd.get()).value_or(Packing::Plain) != Packing::Plain;
    span.last =
        is_packed ? file.written.value_or(time_of_ns(facts->modified)) : time_of_tail(fd.get(), facts->size);
    if (!span.first || (span.last && *span.last < *span.first)) span.last.reset();
    ::lseek(fd.get(), 0, SEEK_SET);
    return span;
}

}  // namespace redshank
