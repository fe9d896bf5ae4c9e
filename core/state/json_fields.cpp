#include "core/state/json_fields.h"

#include <boost/json.hpp>

#include "audit/lenient_json.h"

namespace redshank {

namespace json = boost::json;

const json::object* json_object(const json::object& from, std::string_view key) {
    const json::value* value = from.if_contains(key);
    return value ? value->if_object() : nullptr;
}

const json::array* json_array(const json::object& from, std::string_view key) {
    const json::value* value = from.if_contains(key);
    return value ? value->if_array() : nullptr;
}

std::string json_text(const json::object& from, std::string_view key) {
    const json::value* value = from.if_contains(key);
    return value && value->is_string() ? std::string(value->as_string()) : std::string{};
}

uint64_t json_number(const json::object& from, std::string_view key) {
    const json::value* value = from.if_contains(key);
    boost::system::error_code error;
    const uint64_t out = value ? value->to_number<uint64_t>(error) : 0;
    return error ? 0 : out;
}

audit::Time json_time(const json::object& from, std::string_view key) {
    return audit::parse_time(json_text(from, key)).value_or(audit::Time{});
}

std::string object_name(const json::value& object) {
    const json::object* top = object.if_object();
    const json::value* metadata = top ? top->if_contains("metadata") : nullptr;
    return metadata && metadata->is_object() ? json_text(metadata->get_object(), "name") : std::string{};
}

json::value parse_body(std::string_view text) {
    json::parse_options options;
    options.max_depth = audit::kDeepestJson;
    boost::system::error_code error;
    json::value value = json::parse(text, error, {}, options);
    if (error) value = json::parse(audit::lenient_json(text), error, {}, options);
    if (error) value = nullptr;
    return value;
}

}  // namespace redshank
