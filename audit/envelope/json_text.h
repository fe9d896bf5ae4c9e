// Reading and writing bits of JSON for envelopes.
#pragma once

#include <simdjson.h>

#include <cstdio>
#include <string>
#include <string_view>

#include "audit/space.h"

namespace redshank::audit {

// Calls `handle(key, value)` for each member in order. False when the object is broken.
template <class Handle>
bool each_member(simdjson::ondemand::object object, Handle handle) {
    for (auto result : object) {
        simdjson::ondemand::field field;
        std::string_view key;
        if (std::move(result).get(field) || field.unescaped_key().get(key)) return false;
        if (!handle(key, field.value())) return false;
    }
    return true;
}

// The value as it stands in the text, whatever its type; "" when it is broken.
inline std::string_view raw_json(simdjson::ondemand::value& value) {
    namespace od = simdjson::ondemand;
    std::string_view raw;
    od::json_type type{};
    if (value.type().get(type)) return {};
    if (type == od::json_type::object) {
        od::object object;
        if (value.get_object().get(object) || object.raw_json().get(raw)) return {};
    } else if (type == od::json_type::array) {
        od::array array;
        if (value.get_array().get(array) || array.raw_json().get(raw)) return {};
    } else {
        raw = value.raw_json_token();
    }
    return trim_end(raw);
}

// `text`, which must be valid UTF-8, as a JSON string.
inline std::string json_quoted(std::string_view text) {
    std::string out = "\"";
    for (const char c : text) {
        if (c == '"' || c == '\\') {
            out += '\\';
            out += c;
        } else if (static_cast<unsigned char>(c) < 0x20) {
            char escape[7];
            std::snprintf(escape, sizeof escape, "\\u%04x", static_cast<unsigned>(c));
            out += escape;
        } else {
            out += c;
        }
    }
    return out + '"';
}

}  // namespace redshank::audit
