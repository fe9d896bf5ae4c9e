#include "rules/falco_text.h"

#include <algorithm>
#include <charconv>

namespace redshank::rules {

bool is_falco_blank(char c) {
    return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == '\b';
}

bool read_falco_number(const std::string& text, double& number) {
    std::string_view rest = text;
    if (rest.starts_with('+')) rest.remove_prefix(1);
    uint64_t hex = 0;
    if (rest.starts_with("0x") || rest.starts_with("0X")) {
        const auto [end, error] = std::from_chars(rest.data() + 2, rest.data() + rest.size(), hex, 16);
        number = static_cast<double>(hex);
        return error == std::errc{} && end == rest.data() + rest.size();
    }
    const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), number);
    return error == std::errc{} && end == rest.data() + rest.size();
}

std::string read_falco_quoted(std::string_view& rest, std::string& problem) {
    const char quote = rest.front();
    std::string out;
    for (size_t i = 1; i < rest.size(); ++i) {
        if (rest[i] == quote) {
            rest.remove_prefix(i + 1);
            return out;
        }
        if (rest[i] != '\\' || i + 1 == rest.size()) {
            out += rest[i];
            continue;
        }
        const char next = rest[++i];
        constexpr std::string_view kEscapes = "bfnrt\\/ ", kMeant = "\b\f\n\r\t\\/\\";
        unsigned byte = 0;
        if (const size_t known = kEscapes.find(next); known != std::string_view::npos) {
            out += kMeant[known];
        } else if (next == quote) {
            out += next;
        } else if (next == 'x' && i + 2 < rest.size() &&
                   std::from_chars(&rest[i + 1], &rest[i + 1] + 2, byte, 16).ptr == &rest[i + 1] + 2) {
            out += static_cast<char>(byte);
            i += 2;
        } else {
            problem = std::string("unknown escape \\") + next + " in a text: a backslash is written \\\\";
            return out;
        }
    }
    problem = "the text that begins here has no end";
    return out;
}

std::string read_falco_bare(std::string_view& rest) {
    size_t length = 0;
    while (length < rest.size() && !is_falco_blank(rest[length]) &&
           std::string_view("()\"'=,").find(rest[length]) == std::string_view::npos) {
        ++length;
    }
    const std::string out(rest.substr(0, length));
    rest.remove_prefix(length);
    return out;
}

std::string falco_pasted(const std::string& item) {
    const bool is_quoted = item.starts_with('"') || item.starts_with('\'');
    return item.find(' ') == item.npos || is_quoted ? item : '"' + item + '"';
}

std::vector<std::string> falco_list_item(const std::string& item) {
    std::vector<std::string> out;
    const std::string pasted = falco_pasted(item);
    for (std::string_view rest = pasted; !rest.empty();) {
        std::string problem;
        const bool is_quoted = rest.front() == '"' || rest.front() == '\'';
        std::string value = is_quoted ? read_falco_quoted(rest, problem) : read_falco_bare(rest);
        while (!rest.empty() && is_falco_blank(rest.front())) rest.remove_prefix(1);
        const bool ends = rest.empty() || rest.front() == ',';
        if (!problem.empty() || !ends || (value.empty() && !is_quoted)) return {item};  // no list
        out.push_back(std::move(value));
        while (!rest.empty() && (is_falco_blank(rest.front()) || rest.front() == ',')) rest.remove_prefix(1);
    }
    return out;
}

bool is_falco_set_operator(std::string_view words) {
    return words == "in" || words == "intersects" || words == "pmatch" || words.ends_with(" oneof") ||
           words.ends_with(" anyof") || words.ends_with(" allof");
}

}  // namespace redshank::rules
