#include "detectors/access/remark.h"

#include <algorithm>
#include <boost/json.hpp>
#include <string_view>

#include "core/state/json_fields.h"

namespace redshank::access {

namespace {

bool has_only(const boost::json::object& object, std::initializer_list<std::string_view> keys) {
    return std::all_of(object.begin(), object.end(), [&](const auto& member) {
        return std::find(keys.begin(), keys.end(), std::string_view(member.key())) != keys.end();
    });
}

// What controllers of Kubernetes look for: aggregation of roles, and whether the API server restores them.
bool decides(std::string_view key) {
    return key.find("aggregate") != key.npos || key.starts_with("rbac.authorization.kubernetes.io/");
}

bool decides_nothing(const boost::json::value& texts) {
    const boost::json::object* object = texts.if_object();
    return object != nullptr && std::none_of(object->begin(), object->end(),
                                             [](const auto& member) { return decides(member.key()); });
}

bool is_of_kind(const audit::ObjectRef& object) {
    return object.api_group == "rbac.authorization.k8s.io" || object.api_group == "apps" ||
           object.api_group == "batch" || object.api_group == "apiregistration.k8s.io" ||
           object.api_group == "apiextensions.k8s.io" ||
           (object.api_group.empty() && object.resource == "serviceaccounts");
}

}  // namespace

bool is_only_a_remark(const audit::Event& event) {
    if (event.verb != "patch" || event.request_object.empty() || event.created_object() ||
        !event.object.subresource.empty() || !is_of_kind(event.object)) {
        return false;
    }
    const boost::json::value body = parse_body(event.request_object);
    const boost::json::object* object = body.if_object();
    if (object == nullptr || !has_only(*object, {"kind", "apiVersion", "metadata"})) return false;
    const boost::json::value* metadata = object->if_contains("metadata");
    const boost::json::object* remarks = metadata == nullptr ? nullptr : metadata->if_object();
    if (remarks == nullptr || !has_only(*remarks, {"name", "namespace", "labels", "annotations"}))
        return false;
    if (event.object.resource == "serviceaccounts" && remarks->contains("annotations")) return false;
    for (const std::string_view what : {"labels", "annotations"}) {
        const boost::json::value* texts = remarks->if_contains(what);
        if (texts != nullptr && !decides_nothing(*texts)) return false;
    }
    return true;
}

}  // namespace redshank::access
