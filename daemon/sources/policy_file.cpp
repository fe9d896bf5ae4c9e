#include "daemon/sources/policy_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unistd.h>

#include <array>
#include <cctype>
#include <cerrno>
#include <cstdio>
#include <cstring>

#include "core/config/error.h"
#include "core/finding/text.h"
#include "core/sha256.h"
#include "daemon/sources/unique_fd.h"

namespace redshank {

namespace policy = audit::policy;

namespace {

constexpr size_t kMaxBytes = 2 << 20;  // more than load() takes

// The words of Go's os package: "open /p: no such file or directory".
std::string go_error(const char* call, const std::string& file, int error) {
    std::string words = std::strerror(error);
    if (!words.empty()) words[0] = static_cast<char>(std::tolower(static_cast<unsigned char>(words[0])));
    return fmt::format("{} {}: {}", call, file, words);
}

// The problem, or "".
std::string read_whole(const std::string& file, std::string& text) {
    const UniqueFd fd(::open(file.c_str(), O_RDONLY | O_CLOEXEC));
    if (fd.get() < 0) return go_error("open", file, errno);
    std::array<char, 65536> buffer;
    while (text.size() < kMaxBytes) {
        const ssize_t got = ::read(fd.get(), buffer.data(), buffer.size());
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return go_error("read", file, errno);
        if (got == 0) break;
        text.append(buffer.data(), static_cast<size_t>(got));
    }
    return "";
}

std::string id_of(std::string_view text) {
    const Sha256 hash = sha256(text);
    return fmt::format("{:02x}", fmt::join(hash.begin(), hash.begin() + 8, ""));
}

}  // namespace

std::string message(const std::string& file, const policy::Problem& problem) {
    const std::string place =
        problem.place.line == 0 ? "" : fmt::format(":{}:{}", problem.place.line, problem.place.column);
    return fmt::format("{}{}: {}", file, place, fit_exact(problem.text, 500));
}

policy::Loaded load_policy(const std::string& file, int kubernetes, std::string* id) {
    std::string text;
    const std::string problem = read_whole(file, text);
    if (id != nullptr) *id = id_of(text);
    if (problem.empty()) return policy::load(text, kubernetes);
    const bool is_folder = problem.starts_with("read ") && problem.find("directory") != problem.npos;
    const std::string advice =
        is_folder
            ? "This is a directory: a mount whose source did not exist when the pod was made. Remove the "
              "directory, put the file there and restart the API server."
            : "The file cannot be read: " + problem + ".";
    return {.policy = {},
            .problems = {{{}, policy::Severity::Error, advice, policy::unreadable(file, problem)}}};
}

policy::Policy require_policy(const std::string& file, int kubernetes) {
    policy::Loaded loaded = load_policy(file, kubernetes);
    std::string errors;
    for (const policy::Problem& problem : loaded.problems) {
        if (problem.severity == policy::Severity::Error) {
            errors += (errors.empty() ? "" : "\n") + message(file, problem);
        } else {
            fmt::print(stderr, "{}\n", message(file, problem));
        }
    }
    if (!loaded.policy) throw ConfigError(errors);
    return std::move(*loaded.policy);
}

}  // namespace redshank
