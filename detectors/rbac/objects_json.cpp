#include "detectors/rbac/objects_json.h"

#include <boost/json.hpp>

#include "core/state/row.h"

namespace redshank::rbac {

namespace json = boost::json;

namespace {

// All of these are forgiving: what is absent, null or of another type reads as empty.
const json::value* member(const json::value& value, std::string_view key) {
    const json::object* object = value.if_object();
    return object ? object->if_contains(key) : nullptr;
}

std::string text(const json::value& value, std::string_view key) {
    const json::value* found = member(value, key);
    return found && found->is_string() ? std::string(found->get_string()) : std::string{};
}

std::vector<std::string> texts(const json::value& value, std::string_view key) {
    std::vector<std::string> out;
    const json::value* found = member(value, key);
    if (!found || !found->is_array()) return out;
    for (const json::value& item : found->get_array()) {
        if (item.is_string()) out.emplace_back(item.get_string());
    }
    return out;
}

Labels labels(const json::value& value, std::string_view key) {
    Labels out;
    const json::value* found = member(value, key);
    if (!found || !found->is_object()) return out;
    for (const auto& [name, item] : found->get_object()) {
        if (item.is_string()) out.emplace(name, item.get_string());
    }
    return out;
}

template <typename Handle>
void each(const json::value& value, std::string_view key, Handle handle) {
    const json::value* found = member(value, key);
    if (!found || !found->is_array()) return;
    for (const json::value& item : found->get_array()) handle(item);
}

LabelSelector read_selector(const json::value& value) {
    LabelSelector selector{.match_labels = labels(value, "matchLabels"), .expressions = {}};
    each(value, "matchExpressions", [&](const json::value& item) {
        selector.expressions.push_back({text(item, "key"), text(item, "operator"), texts(item, "values")});
    });
    return selector;
}

Role read_role(const json::value& value, const json::value& metadata) {
    Role role{.namespace_ = text(metadata, "namespace"), .name = text(metadata, "name")};
    role.labels = labels(metadata, "labels");
    each(value, "rules", [&](const json::value& item) {
        role.rules.push_back({texts(item, "verbs"), texts(item, "apiGroups"), texts(item, "resources"),
                              texts(item, "resourceNames"), texts(item, "nonResourceURLs")});
    });
    if (const json::value* aggregation = member(value, "aggregationRule");
        aggregation && aggregation->is_object()) {
        role.is_aggregated = true;
        each(*aggregation, "clusterRoleSelectors",
             [&](const json::value& item) { role.selectors.push_back(read_selector(item)); });
    }
    return role;
}

Binding read_binding(const json::value& value, const json::value& metadata) {
    Binding binding{.namespace_ = text(metadata, "namespace"), .name = text(metadata, "name")};
    if (const json::value* role = member(value, "roleRef")) {
        binding.role_kind = text(*role, "kind");
        binding.role_name = text(*role, "name");
    }
    each(value, "subjects", [&](const json::value& item) {
        binding.subjects.push_back({text(item, "kind"), text(item, "namespace"), text(item, "name")});
    });
    return binding;
}

}  // namespace

std::optional<Object> read_object(const json::value& value, std::string_view kind) {
    const std::string own = text(value, "kind");
    if (!own.empty()) kind = own;
    const json::value* metadata = member(value, "metadata");
    if (!metadata || text(*metadata, "name").empty()) return std::nullopt;
    const bool is_namespaced = !text(*metadata, "namespace").empty();
    if (kind == "Role" || kind == "ClusterRole") {
        if (is_namespaced != (kind == "Role")) return std::nullopt;
        return read_role(value, *metadata);
    }
    if (kind == "RoleBinding" || kind == "ClusterRoleBinding") {
        if (is_namespaced != (kind == "RoleBinding")) return std::nullopt;
        return read_binding(value, *metadata);
    }
    return std::nullopt;
}

std::optional<Object> read_object(std::string_view text, std::string_view kind) {
    boost::system::error_code error;
    const json::value value = json::parse(text, error);
    if (error) return std::nullopt;
    return read_object(value, kind);
}

bool is_gone(const json::value& value) {
    const json::value* metadata = member(value, "metadata");
    return metadata && member(*metadata, "deletionTimestamp") && texts(*metadata, "finalizers").empty();
}

std::string to_json(const Object& object) {
    return std::visit([](const auto& known) { return write_row(known); }, object);
}

}  // namespace redshank::rbac
