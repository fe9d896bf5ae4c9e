#include "exporters/accepted.h"

#include <algorithm>
#include <boost/json.hpp>

namespace redshank {

namespace json = boost::json;

namespace {

constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";
constexpr std::string_view kYes[] = {"", "ok", "true", "1", "success", "accepted"};
constexpr std::string_view kFailing[] = {"error",    "errors",  "fail",   "failed",       "failure",
                                         "nok",      "invalid", "denied", "refused",      "unauthorized",
                                         "rejected", "false",   "ko",     "invalid event"};

template <class Words>
bool is_one_of(const Words& words, std::string_view text) {
    return std::find(std::begin(words), std::end(words), text) != std::end(words);
}

std::string lowered(std::string_view text) {
    std::string out(text);
    for (char& c : out) {
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    }
    return out;
}

std::string_view trimmed(std::string_view text) {
    if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
    while (!text.empty() && static_cast<unsigned char>(text.front()) <= ' ') text.remove_prefix(1);
    while (!text.empty() && static_cast<unsigned char>(text.back()) <= ' ') text.remove_suffix(1);
    return text;
}

// false, 0, "false", "0".
bool is_no(const json::value& value) {
    if (value.is_bool()) return !value.get_bool();
    if (value.is_number()) return value.to_number<double>() == 0;
    if (!value.is_string()) return false;
    const std::string word = lowered(value.get_string());
    return word == "false" || word == "0";
}

// An error that is one: neither null, nor empty, nor no.
bool is_something(const json::value& value) {
    if (value.is_null() || is_no(value)) return false;
    if (const auto* text = value.if_string()) return !text->empty();
    if (const auto* list = value.if_array()) return !list->empty();
    if (const auto* object = value.if_object()) return !object->empty();
    return true;
}

bool is_failing(const json::value& value) {
    if (value.is_number()) return value.to_number<double>() >= 400;
    if (value.is_bool()) return !value.get_bool();
    return value.is_string() && is_one_of(kFailing, lowered(value.get_string()));
}

// 0 and what HTTP calls success are none.
bool is_error_code(const json::value& value) {
    if (!value.is_number()) return false;
    const auto code = value.to_number<double>();
    return code < 0 || code >= 300;
}

bool says_no(const json::object& object) {
    const auto any = [&](std::initializer_list<std::string_view> keys, bool (*is)(const json::value&)) {
        return std::any_of(keys.begin(), keys.end(), [&](std::string_view key) {
            const json::value* value = object.if_contains(key);
            return value && is(*value);
        });
    };
    return any({"ok", "success"}, is_no) || any({"error", "errors", "errcode", "error_code"}, is_something) ||
           any({"status", "result"}, is_failing) || any({"code", "StatusCode"}, is_error_code);
}

}  // namespace

bool is_accepted(std::string_view body, Words words) {
    const std::string_view text = trimmed(body);
    // A page for people: of a proxy, or for logging in.
    if (text.starts_with('<')) return false;
    boost::system::error_code no_json;
    const json::value said = json::parse(text, no_json);
    if (!no_json && said.is_object()) return !says_no(said.get_object());
    if (words == Words::Any) return true;
    const std::string word = lowered(!no_json && said.is_string() ? said.get_string() : text);
    return is_one_of(kYes, word);
}

}  // namespace redshank
