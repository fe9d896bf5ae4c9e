// Last accesses as the JSON that commands print and that workers answer with: docs/unusual-access.md.
#pragma once

#include <boost/json/object.hpp>
#include <optional>

#include "daemon/questions/last_access.h"

namespace redshank {

boost::json::object json_of(const AccessedRow& row);
boost::json::object json_of(const WatchedRow& row);

// What json_of() wrote; nothing for anything else.
std::optional<AccessedRow> accessed_from(const boost::json::object& json);
std::optional<WatchedRow> watched_from(const boost::json::object& json);

}  // namespace redshank
