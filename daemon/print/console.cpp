#include "daemon/print/console.h"

#include <unistd.h>

#include <algorithm>
#include <array>

#include "daemon/print/width.h"

namespace redshank {

namespace {

constexpr size_t kWidest = 100;

struct Colour {
    std::string_view word, code;
};
constexpr std::array kColours = {Colour{"CRITICAL", "1;31"}, Colour{"HIGH", "31"}, Colour{"MEDIUM", "33"},
                                 Colour{"LOW", "36"}, Colour{"RESOLVED", "32"}};

// The first word of a colour in the line, between blanks or its ends.
std::string coloured(const std::string& line) {
    for (const Colour& colour : kColours) {
        const size_t at = line.find(colour.word);
        const size_t end = at + colour.word.size();
        if (at == std::string::npos || (at > 0 && line[at - 1] != ' ') ||
            (end < line.size() && line[end] != ' '))
            continue;
        return line.substr(0, at) + "\033[" + std::string(colour.code) + "m" + std::string(colour.word) +
               "\033[0m" + line.substr(end);
    }
    return line;
}

void add_line(std::string_view line, size_t width, std::string& out) {
    if (display_width(line) <= width) {
        out += line.starts_with(' ') ? std::string(line) : coloured(std::string(line));
        out += '\n';
        return;
    }
    const size_t indent = std::min({line.find_first_not_of(' '), line.size(), width / 2 - 2});
    std::string before(indent, ' ');
    for (const std::string& part : wrap(line.substr(indent), width - indent - 2)) {
        out += indent == 0 && before.empty() ? coloured(part) : before + part;
        out += '\n';
        before.assign(indent + 2, ' ');
    }
}

bool is_terminal() {
    static const bool is = ::isatty(STDOUT_FILENO) == 1;
    return is;
}

}  // namespace

std::string for_terminal(std::string_view text, size_t width) {
    std::string out;
    while (!text.empty()) {
        const size_t end = std::min(text.find('\n'), text.size());
        add_line(text.substr(0, end), width, out);
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return out;
}

size_t stdout_width() {
    return is_terminal() ? std::min(terminal_width(), kWidest) : kWidest;
}

std::string for_stdout(std::string_view text) {
    return is_terminal() ? for_terminal(text, stdout_width()) : std::string(text);
}

}  // namespace redshank
