// Roles and bindings from the JSON of the API (bodies in the log, `kubectl get … -o json`), and back for the
// state. Only what decides rights is kept; annotations and managedFields never leave here.
#pragma once

#include <boost/json/fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "detectors/rbac/objects.h"

namespace redshank::rbac {

using Object = std::variant<Role, Binding>;

// Nothing when the value is not one of the four kinds, or has another shape. `kind` is used for objects
// without a kind of their own (items of a list).
std::optional<Object> read_object(const boost::json::value& value, std::string_view kind = "");
std::optional<Object> read_object(std::string_view json, std::string_view kind = "");

// True when the object is being deleted and no finalizer holds it.
bool is_gone(const boost::json::value& value);

std::string to_json(const Object& object);

}  // namespace redshank::rbac
