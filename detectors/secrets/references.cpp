#include "detectors/secrets/references.h"

#include <boost/json.hpp>

#include "core/state/json_fields.h"

namespace redshank::secrets {

namespace json = boost::json;

namespace {

constexpr size_t kMax = 100;
constexpr int kMaxDepth = 32;

void add_text(const json::object& object, std::string_view key, std::set<std::string>& names) {
    const json::value* value = object.if_contains(key);
    if (value && value->is_string() && names.size() < kMax) names.emplace(value->get_string());
}

void walk(const json::value& value, int depth, std::set<std::string>& names) {
    if (depth > kMaxDepth) return;
    if (value.is_array()) {
        for (const json::value& item : value.get_array()) walk(item, depth + 1, names);
    }
    if (!value.is_object()) return;
    for (const auto& [key, item] : value.get_object()) {
        if (item.is_object()) {
            const json::object& inner = item.get_object();
            if (key == "secret") {  // volumes[].secret and volumes[].projected.sources[].secret
                add_text(inner, "secretName", names);
                add_text(inner, "name", names);
            }
            if (key == "secretKeyRef" || key == "secretRef" || key == "nodePublishSecretRef") {
                add_text(inner, "name", names);
            }
        }
        if (key == "imagePullSecrets" && item.is_array()) {
            for (const json::value& one : item.get_array()) {
                if (one.is_object()) add_text(one.get_object(), "name", names);
            }
        }
        walk(item, depth + 1, names);
    }
}

}  // namespace

std::set<std::string> referenced_secrets(std::string_view body) {
    std::set<std::string> names;
    if (body.find("ecret") == std::string_view::npos) return names;
    walk(parse_body(body), 0, names);
    return names;
}

}  // namespace redshank::secrets
