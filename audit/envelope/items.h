// The items of a JSON array as they stand in the text.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

namespace redshank::audit {

// The end of the JSON object or array at the front of `text`; npos when it is not closed.
size_t json_end(std::string_view text);

// Behind the value, of any type, at `at`; npos when it is not whole.
size_t json_value_end(std::string_view text, size_t at);

// Calls `handle(key, from, to)` for each whole member of the object at the front of `text`: the key with its
// quotes, and where its value is. Ends behind the last one, at a member that is not whole, or when `handle`
// says false.
template <class Handle>
void each_whole_member(std::string_view text, Handle handle) {
    constexpr std::string_view kBlanks = " \t\r\n", kBetween = " \t\r\n,";
    if (!text.starts_with('{')) return;
    for (size_t at = 1;;) {
        at = text.find_first_not_of(kBetween, at);
        if (at == text.npos || text[at] != '"') return;
        const size_t key_end = json_value_end(text, at);
        if (key_end == text.npos) return;
        const std::string_view key = text.substr(at, key_end - at);
        at = text.find_first_not_of(kBlanks, key_end);
        if (at == text.npos || text[at] != ':') return;
        at = text.find_first_not_of(kBlanks, at + 1);
        const size_t end = json_value_end(text, at);
        if (end == text.npos || !handle(key, at, end)) return;
        at = end;
    }
}

// The objects and arrays of the array at the front of `list`, up to its end or to the first one that is not
// whole: a list that is cut off has those before the cut. Views into `list`.
std::vector<std::string_view> whole_items(std::string_view list);

// Where the `items` of an audit.k8s.io EventList begin, cut off or not; npos when `text` is none.
size_t items_of_event_list(std::string_view text);

}  // namespace redshank::audit
