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

// Nothing when it is none of the four kinds, or not shaped like one. `kind` is used when the object has none
// of its own (items of a list of one kind).
std::optional<Object> read_object(const boost::json::value& value, std::string_view kind = "");
std::optional<Object> read_object(std::string_view json, std::string_view kind = "");

// True when the object is on its way out and nothing holds it any more.
bool is_gone(const boost::json::value& value);

std::string to_json(const Object& object);

}  // namespace redshank::rbac
