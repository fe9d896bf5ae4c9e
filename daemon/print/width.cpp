#include "daemon/print/width.h"

#include <locale.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include <wchar.h>

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <string>

#include "audit/utf8.h"

namespace redshank {

namespace {

constexpr size_t kNarrowest = 40, kWidestColumn = 1000, kOtherwise = 100;

// The widths of the C library's Unicode, which it knows in a UTF-8 locale only; the process stays in "C".
class Utf8Locale {
  public:
    Utf8Locale() : utf8_(newlocale(LC_CTYPE_MASK, "C.UTF-8", locale_t{})), before_(uselocale(utf8_)) {}
    ~Utf8Locale() {
        uselocale(before_);
        if (utf8_) freelocale(utf8_);
    }
    Utf8Locale(const Utf8Locale&) = delete;
    Utf8Locale& operator=(const Utf8Locale&) = delete;

  private:
    const locale_t utf8_, before_;
};

size_t width_of(char32_t c) {
    if (c < 0x80) return 1;
    const int width = wcwidth(static_cast<wchar_t>(c));
    return width < 0 ? 1 : static_cast<size_t>(width);
}

bool may_break_behind(char32_t c) {
    return c < 0x80 && std::string_view("/:-_.,;=@|&?").find(static_cast<char>(c)) != std::string_view::npos;
}

// Where the line that begins at `start` ends.
size_t end_of_line(std::string_view text, size_t start, size_t width) {
    size_t at = start, used = 0, space = start, soft = start;
    while (at < text.size()) {
        size_t next = at;
        const char32_t c = audit::next_code_point(text, next);
        used += width_of(c);
        if (used > width) break;
        if (c == ' ') space = at;
        if (may_break_behind(c)) soft = next;
        at = next;
    }
    if (at == text.size() || text[at] == ' ') return at;
    if (space > start) return space;
    if (soft > start) return soft;
    if (at == start) audit::next_code_point(text, at);  // wider than the line
    return at;
}

}  // namespace

size_t display_width(std::string_view text) {
    const Utf8Locale locale;
    size_t width = 0;
    for (size_t at = 0; at < text.size();) width += width_of(audit::next_code_point(text, at));
    return width;
}

size_t terminal_width() {
    const char* columns = std::getenv("COLUMNS");
    size_t width = columns ? std::strtoul(columns, nullptr, 10) : 0;
    winsize size{};
    if (width == 0 && ::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0) width = size.ws_col;
    return width == 0 ? kOtherwise : std::clamp(width, kNarrowest, kWidestColumn);
}

std::vector<std::string> wrap(std::string_view text, size_t width) {
    const Utf8Locale locale;
    std::vector<std::string> lines;
    for (size_t start = 0; start < text.size();) {
        const size_t end = end_of_line(text, start, width);
        std::string_view line = text.substr(start, end - start);
        line = line.substr(0, line.find_last_not_of(' ') + 1);
        lines.emplace_back(line);
        start = std::min(text.find_first_not_of(' ', end), text.size());
    }
    if (lines.empty()) lines.emplace_back();
    return lines;
}

}  // namespace redshank
