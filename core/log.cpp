#include "core/log.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>

#include "core/finding/text.h"

namespace redshank {

namespace {

// The text with its prefix stays below PIPE_BUF (4096), up to which a write to a pipe is atomic.
constexpr size_t kLongest = 4000;

void write_whole(std::string_view line) {
    while (!line.empty()) {
        const ssize_t written = ::write(STDERR_FILENO, line.data(), line.size());
        if (written < 0 && errno == EINTR) continue;
        if (written <= 0) return;  // nothing can be reported when stderr fails
        line.remove_prefix(static_cast<size_t>(written));
    }
}

}  // namespace

bool is_journal(int fd, const char* journal_stream) {
    struct stat file {};
    if (!journal_stream || ::fstat(fd, &file) != 0) return false;
    return journal_stream == fmt::format("{}:{}", file.st_dev, file.st_ino);
}

std::string log_line(LogLevel level, std::string_view text, bool for_journal) {
    std::string line = for_journal ? fmt::format("<{}>", static_cast<int>(level)) : "";
    return line + "redshank: " + fit_exact(text, kLongest) + '\n';
}

void log_text(LogLevel level, std::string_view text) {
    static const bool for_journal = is_journal(STDERR_FILENO, std::getenv("JOURNAL_STREAM"));
    write_whole(log_line(level, text, for_journal));
}

void log_lines(LogLevel level, std::string_view text) {
    for (size_t start = 0, end = 0; start < text.size(); start = end + 1) {
        end = std::min(text.find('\n', start), text.size());
        log_text(level, text.substr(start, end - start));
    }
}

}  // namespace redshank
