// What the program says of itself, on stderr: one form, one line a message, one write(2) a line, so that
// lines of several threads never mix. In the journal each line begins with its priority (sd-daemon(3):
// "<4>").
#pragma once

#include <fmt/format.h>

#include <string>
#include <string_view>
#include <utility>

namespace redshank {

// The numbers are journal priorities (syslog(3)).
enum class LogLevel {
    Error = 3,    // something does not work until somebody mends it
    Warning = 4,  // it goes on, with less than it should have
    Notice = 5,   // what a person wants to know of a healthy daemon
};

// "redshank: WHAT. WHERE, WHY, FIX" on stderr. Control characters, bidirectional marks and broken UTF-8 of
// texts from outside are written as escapes (core/finding/text.h), a newline too: a text makes one line.
// Longer than 4000 bytes is cut. May be called from every thread; never throws because stderr cannot be
// written.
void log_text(LogLevel level, std::string_view text);
// The same for each line of a text that has several: the mistakes of a configuration file.
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

// For tests. Whether the descriptor is the one that $JOURNAL_STREAM names ("DEVICE:INODE" in decimal,
// systemd.exec(5)), and the line that is written.
bool is_journal(int fd, const char* journal_stream);
std::string log_line(LogLevel level, std::string_view text, bool for_journal);

}  // namespace redshank
