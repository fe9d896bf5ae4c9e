// The program's own messages on stderr. Each message is one line and one write(2), so that lines of several
// threads never mix. In the journal each line begins with its priority (sd-daemon(3): "<4>").
#pragma once

#include <fmt/format.h>

#include <string>
#include <string_view>
#include <utility>

namespace redshank {

// The values are journal priorities (syslog(3)).
enum class LogLevel {
    Error = 3,    // something does not work until a person fixes it
    Warning = 4,  // the daemon goes on, with less than it should have
    Notice = 5,   // what a person wants to know about a healthy daemon
};

// Writes "redshank: WHAT. WHERE, WHY, FIX" to stderr. Control characters (newlines too), bidirectional marks
// and broken UTF-8 become escapes (core/finding/text.h), so that a text makes one line. Texts over 4000 bytes
// are cut. May be called from every thread; a stderr that cannot be written is ignored.
void log_text(LogLevel level, std::string_view text);
// Logs each line of a text with several lines, such as the mistakes of a configuration file.
void log_lines(LogLevel level, std::string_view text);

template <typename... Args>
void log_error(fmt::format_string<Args...> format, Args&&... args) {
    log_text(LogLevel::Error, fmt::format(format, std::forward<Args>(args)...));
}
template <typename... Args>
void log_warning(fmt::format_string<Args...> format, Args&&... args) {
    log_text(LogLevel::Warning, fmt::format(format, std::forward<Args>(args)...));
}
template <typename... Args>
void log_notice(fmt::format_string<Args...> format, Args&&... args) {
    log_text(LogLevel::Notice, fmt::format(format, std::forward<Args>(args)...));
}

// For tests: whether $JOURNAL_STREAM ("DEVICE:INODE" in decimal, systemd.exec(5)) names this descriptor, and
// the line that log_text() writes.
bool is_journal(int fd, const char* journal_stream);
std::string log_line(LogLevel level, std::string_view text, bool for_journal);

}  // namespace redshank
