#include "detectors/rbac/write.h"

#include <algorithm>
#include <boost/json.hpp>

#include "audit/request_uri.h"
#include "core/request/kind.h"
#include "core/request/names.h"
#include "core/request/verbs.h"
#include "core/state/json_fields.h"

namespace redshank::rbac {

namespace json = boost::json;

namespace {

bool has_name(const std::vector<std::string>& names, std::string_view name) {
    return names.empty() || std::find(names.begin(), names.end(), name) != names.end();
}

constexpr std::string_view kGroup = "rbac.authorization.k8s.io";

// "Role", "ClusterRoleBinding", …; "" for what RBAC does not keep.
std::string_view rbac_kind(const audit::ObjectRef& object) {
    return object.api_group == kGroup ? kind_of(object.api_group, object.resource) : std::string_view{};
}

// The names in the list that a deletecollection answers with.
std::vector<std::string> names_in_list(const json::value& list) {
    std::vector<std::string> names;
    const json::object* top = list.if_object();
    const json::value* items = top ? top->if_contains("items") : nullptr;
    if (!items || !items->is_array()) return names;
    for (const json::value& item : items->get_array()) {
        std::string name = object_name(item);
        if (!name.empty()) names.push_back(std::move(name));
    }
    return names;
}

std::optional<Write> read_delete_collection(const audit::Event& event, Write write) {
    write.removed = true;
    if (!event.response_object.empty()) {
        write.names = names_in_list(parse_body(event.response_object));
        if (write.names.empty()) return std::nullopt;
        return write;
    }
    const bool is_selective = audit::has_query(event.request_uri, "labelSelector") ||
                              audit::has_query(event.request_uri, "fieldSelector");
    if (is_selective) return std::nullopt;  // the log does not show which ones were deleted
    return write;
}

}  // namespace

bool Write::touches_binding(std::string_view in, std::string_view name) const {
    return bindings && namespace_ == in && has_name(names, name);
}

bool Write::touches_role(std::string_view in, std::string_view name) const {
    return roles && namespace_ == in && has_name(names, name);
}

std::optional<Write> read_write(const Request& request) {
    const audit::Event& event = request.event;
    const audit::ObjectRef& object = event.object;
    if (!event.succeeded() || !object.subresource.empty()) return std::nullopt;
    if (event.is_resource("", "namespaces") && event.verb == "delete" && !object.name.empty()) {
        if (event.is_dry_run()) return std::nullopt;
        return Write{.roles = true,
                     .bindings = true,
                     .namespace_ = std::string(object.name),
                     .names = {},
                     .removed = true,
                     .object = {}};
    }
    const std::string_view kind = rbac_kind(object);
    if (kind.empty() || event.is_dry_run()) return std::nullopt;
    Write write{.namespace_ = std::string(object.namespace_), .names = {}, .object = {}};
    write.roles = kind.ends_with("Role");
    write.bindings = !write.roles;
    write.by_aggregator =
        request.actor.component == Component::Controller && request.actor.account == kAggregator.name;
    if (event.verb == "deletecollection") return read_delete_collection(event, std::move(write));
    if (event.verb == "delete") {
        // Finalizers hold it: the answer is the object and no Status.
        if (event.response.status != "Success" || object.name.empty()) return std::nullopt;
        write.names = {std::string(object.name)};
        write.removed = true;
        return write;
    }
    if (!puts_object(event.verb)) return std::nullopt;
    const std::string_view body = event.whole_object();
    std::string name(object.name);
    if (!body.empty()) {
        const json::value value = parse_body(body);
        write.removed = is_gone(value);
        if (!write.removed) write.object = read_object(value, kind);
        if (name.empty() && write.object) {
            name = std::visit([](const auto& known) { return known.name; }, *write.object);
        }
    }
    if (name.empty()) return std::nullopt;
    write.names = {std::move(name)};
    write.created = event.response.code == 201;
    return write;
}

std::optional<Write> read_birth(const audit::Event& event) {
    const audit::ObjectRef& object = event.object;
    if (event.response.code != 201 || !object.subresource.empty() || object.name.empty() ||
        event.is_dry_run()) {
        return std::nullopt;
    }
    if (!event.is_resource("", "namespaces") && !event.is_resource("", "serviceaccounts"))
        return std::nullopt;
    return Write{.namespace_ = std::string(object.namespace_),
                 .names = {std::string(object.name)},
                 .created = true,
                 .object = {}};
}

std::vector<Object> read_shown(const audit::Event& event) {
    std::vector<Object> shown;
    const audit::ObjectRef& object = event.object;
    if (event.response_object.empty() || !event.succeeded() || !object.subresource.empty()) return shown;
    const std::string_view kind = rbac_kind(object);
    if (kind.empty() || (event.verb != "get" && event.verb != "list")) return shown;
    const auto take = [&](const json::value& value) {
        if (auto known = read_object(value, kind)) shown.push_back(std::move(*known));
    };
    const json::value body = parse_body(event.response_object);
    const json::object* top = body.if_object();
    const json::value* items = top ? top->if_contains("items") : nullptr;
    if (!items) {
        take(body);
    } else if (items->is_array()) {
        for (const json::value& item : items->get_array()) take(item);
    }
    return shown;
}

Mirror::Keys apply(const Write& write, Mirror& mirror, audit::Time now) {
    if (write.object) return mirror.put(*write.object, now);
    if (write.names.empty()) return mirror.erase_all(write.namespace_, write.roles, write.bindings);
    Mirror::Keys affected;
    for (const std::string& name : write.names) {
        if (write.roles) affected.merge(mirror.erase_role(write.namespace_, name));
        if (write.bindings) affected.merge(mirror.erase_binding(write.namespace_, name));
    }
    return affected;
}

}  // namespace redshank::rbac
