// Keys of rows that are made of several parts.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>

namespace redshank {

// Between two parts. Names that others choose may hold it too: where that could make two things one, such a
// name is the last part or is cleaned before.
inline constexpr char kKeyMark = '\x1f';

// Writes the parts into `key`, whose memory is used again: for keys that are only looked up.
inline void write_key(std::string& key, std::initializer_list<std::string_view> parts, char mark = kKeyMark) {
    size_t size = parts.size();
    for (const std::string_view part : parts) size += part.size();
    key.clear();
    key.reserve(size);
    for (const std::string_view part : parts) (key += part) += mark;
    if (!key.empty()) key.pop_back();
}

// "shop\x1fweb".
inline std::string row_key(std::initializer_list<std::string_view> parts, char mark = kKeyMark) {
    std::string key;
    write_key(key, parts, mark);
    return key;
}

}  // namespace redshank
