#include "rules/path.h"

#include <charconv>

namespace redshank::rules {

bool is_digits(std::string_view text) {
    return !text.empty() && text.find_first_not_of("0123456789") == text.npos;
}

bool is_key_char(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-' || c == '$';
}

std::string Path::to_string() const {
    std::string text;
    for (const Step& step : steps) {
        switch (step.kind) {
            case Step::Kind::Each:
                text += "[*]";
                break;
            case Step::Kind::Index:
                text += "[" + std::to_string(step.index) + "]";
                break;
            case Step::Kind::Key: {
                bool plain = !step.key.empty();
                for (const char c : step.key) plain = plain && is_key_char(c);
                text += plain ? "." + step.key : "[\"" + step.key + "\"]";
                break;
            }
        }
    }
    return text;
}

namespace {

bool read_bracket(std::string_view& text, Path& path, std::string& problem) {
    text.remove_prefix(1);
    if (text.starts_with("*]")) {
        path.steps.push_back({.kind = Step::Kind::Each});
        text.remove_prefix(2);
        return true;
    }
    if (text.starts_with('"') || text.starts_with('\'')) {
        const size_t end = text.find(text.front(), 1);
        if (end == text.npos || end + 1 >= text.size() || text[end + 1] != ']') {
            problem = "a key in brackets ends with a quote and ]";
            return false;
        }
        path.steps.push_back({.kind = Step::Kind::Key, .key = std::string(text.substr(1, end - 1))});
        text.remove_prefix(end + 2);
        return true;
    }
    size_t index = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), index);
    const size_t length = static_cast<size_t>(end - text.data());
    if (error != std::errc{} || length >= text.size() || text[length] != ']') {
        problem = "in brackets stands \"a key\", a number or *";
        return false;
    }
    path.steps.push_back({.kind = Step::Kind::Index, .index = index});
    text.remove_prefix(length + 1);
    return true;
}

}  // namespace

bool read_steps(std::string_view& text, Path& path, std::string& problem) {
    while (!text.empty()) {
        if (text.front() == '[') {
            if (!read_bracket(text, path, problem)) return false;
        } else if (text.front() == '.' && text.size() > 1 && is_key_char(text[1])) {
            size_t end = 1;
            while (end < text.size() && is_key_char(text[end])) ++end;
            path.steps.push_back({.kind = Step::Kind::Key, .key = std::string(text.substr(1, end - 1))});
            text.remove_prefix(end);
        } else {
            return true;
        }
    }
    return true;
}

}  // namespace redshank::rules
