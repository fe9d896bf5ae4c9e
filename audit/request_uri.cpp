#include "audit/request_uri.h"

#include <optional>
#include <utility>

#include "audit/utf8.h"

namespace redshank::audit {

namespace {

int hex(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

// Calls `use` with the undecoded value of each parameter with this name, until it returns that it has enough.
template <typename Use>
void each_raw_value(std::string_view uri, std::string_view name, Use use) {
    const size_t mark = uri.find('?');
    if (mark == std::string_view::npos) return;
    std::string_view query = uri.substr(mark + 1);
    while (!query.empty()) {
        const std::string_view pair = query.substr(0, query.find('&'));
        query.remove_prefix(std::min(query.size(), pair.size() + 1));
        const size_t equals = pair.find('=');
        const std::string_view key = pair.substr(0, equals);
        const bool same = key == name || (key.find('%') != key.npos && percent_decode(key) == name);
        if (same && use(equals == pair.npos ? std::string_view{} : pair.substr(equals + 1))) return;
    }
}

std::optional<std::string_view> first_raw_value(std::string_view uri, std::string_view name) {
    std::optional<std::string_view> first;
    each_raw_value(uri, name, [&](std::string_view raw) {
        first = raw;
        return true;
    });
    return first;
}

}  // namespace

std::string_view uri_path(std::string_view uri) {
    return uri.substr(0, uri.find('?'));
}

std::string query_value(std::string_view uri, std::string_view name) {
    const auto raw = first_raw_value(uri, name);
    return raw ? percent_decode(*raw) : std::string{};
}

std::vector<std::string> query_values(std::string_view uri, std::string_view name) {
    std::vector<std::string> values;
    each_raw_value(uri, name, [&](std::string_view raw) {
        values.push_back(percent_decode(raw));
        return false;
    });
    return values;
}

bool has_query(std::string_view uri, std::string_view name) {
    return first_raw_value(uri, name).has_value();
}

std::string percent_decode(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    for (size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '+') {
            out += ' ';
        } else if (text[i] == '%' && i + 2 < text.size() && hex(text[i + 1]) >= 0 && hex(text[i + 2]) >= 0) {
            out += static_cast<char>(hex(text[i + 1]) * 16 + hex(text[i + 2]));
            i += 2;
        } else {
            out += text[i];
        }
    }
    return valid_utf8(std::move(out));
}

}  // namespace redshank::audit
