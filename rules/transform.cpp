#include "rules/transform.h"

#include <cctype>

namespace redshank::rules {

namespace {

// False when the text is no base64; padding may be missing.
bool base64_decode(std::string_view text, std::string& out) {
    while (text.ends_with('=')) text.remove_suffix(1);
    unsigned held = 0, bits = 0;
    for (const char c : text) {
        int value = -1;
        if (c >= 'A' && c <= 'Z') value = c - 'A';
        if (c >= 'a' && c <= 'z') value = c - 'a' + 26;
        if (c >= '0' && c <= '9') value = c - '0' + 52;
        if (c == '+' || c == '-') value = 62;
        if (c == '/' || c == '_') value = 63;
        if (value < 0) return false;
        held = held << 6 | static_cast<unsigned>(value);
        bits += 6;
        if (bits >= 8) {
            bits -= 8;
            out += static_cast<char>(held >> bits & 0xff);
        }
    }
    return true;
}

// False when no value is left to compare.
bool apply_one(Transform transform, Context& context, Value& value) {
    std::string text;
    switch (transform) {
        case Transform::Lower:
            for (const char c : value.text)
                text += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
            break;
        case Transform::Upper:
            for (const char c : value.text)
                text += static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
            break;
        case Transform::Basename:
            value = Value::of(value.text.substr(value.text.rfind('/') + 1));
            return true;
        case Transform::Base64:
            if (!base64_decode(value.text, text)) return false;
            break;
        case Transform::Repository:
            value = Value::of(value.text.substr(0, value.text.find_first_of(":@")));
            return true;
        case Transform::Length:
            value = context.number(static_cast<int64_t>(value.text.size()));
            return true;
        case Transform::Count:
            return true;
    }
    value = Value::of(context.keep(text));
    return true;
}

}  // namespace

void apply(const std::vector<Transform>& transforms, Context& context, Values& values) {
    for (const Transform transform : transforms) {
        if (values.empty()) return;
        if (transform == Transform::Count) {
            values = {context.number(static_cast<int64_t>(values.size()))};
            continue;
        }
        for (Value& value : values) {
            if (apply_one(transform, context, value)) continue;
            values.clear();
            return;
        }
    }
}

}  // namespace redshank::rules
