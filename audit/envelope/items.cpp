#include "audit/envelope/items.h"

namespace redshank::audit {

namespace {

size_t string_end(std::string_view text, size_t at) {
    for (++at; at < text.size(); ++at) {
        if (text[at] == '\\')
            ++at;
        else if (text[at] == '"')
            return at + 1;
    }
    return text.npos;
}

}  // namespace

size_t json_value_end(std::string_view text, size_t at) {
    if (at >= text.size()) return text.npos;
    if (text[at] == '"') return string_end(text, at);
    if (text[at] == '{' || text[at] == '[') {
        const size_t size = json_end(text.substr(at));
        return size == text.npos ? size : at + size;
    }
    const size_t end = text.find_first_of(",]}[{\":\t\r\n ", at);
    return end == at ? text.npos : end;  // there is none
}

size_t json_end(std::string_view text) {
    size_t depth = 0;
    for (size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if (c == '"') {
            i = string_end(text, i);
            if (i == text.npos) return i;
            --i;
        } else if (c == '{' || c == '[') {
            ++depth;
        } else if (c == '}' || c == ']') {
            if (--depth == 0) return i + 1;
        } else if (depth == 0) {
            return text.npos;
        }
    }
    return text.npos;
}

std::vector<std::string_view> whole_items(std::string_view list) {
    std::vector<std::string_view> items;
    if (!list.starts_with('[')) return items;
    for (size_t at = 1;;) {
        at = list.find_first_not_of(" \t\r\n,", at);
        if (at == list.npos || list[at] == ']') return items;
        const size_t end = json_value_end(list, at);
        if (end == list.npos) return items;
        if (list[at] == '{' || list[at] == '[') items.push_back(list.substr(at, end - at));
        at = end;
    }
}

size_t items_of_event_list(std::string_view text) {
    size_t items = text.npos;
    bool is_list = false;
    // A list that is cut off has no whole `items`: those are behind the last whole member.
    size_t behind = 1;
    each_whole_member(text, [&](std::string_view key, size_t from, size_t to) {
        if (key == R"("kind")") is_list = text.substr(from, to - from) == R"("EventList")";
        if (key == R"("items")") items = from;
        behind = to;
        return key != R"("kind")" || is_list;
    });
    if (!is_list || items != text.npos) return is_list ? items : text.npos;
    constexpr std::string_view kItems = R"("items")";
    const size_t at = text.find_first_not_of(" \t\r\n,", behind);
    if (at == text.npos || !text.substr(at).starts_with(kItems)) return text.npos;
    const size_t open = text.find_first_not_of(" \t\r\n:", at + kItems.size());
    return open != text.npos && text[open] == '[' ? open : text.npos;
}

}  // namespace redshank::audit
