// Reads JSON that an earlier run wrote: fields that are missing or have another type give the default.
#pragma once

#include <boost/json/fwd.hpp>
#include <cstdint>
#include <string>
#include <string_view>

#include "audit/time.h"

namespace redshank {

// Null for another type.
const boost::json::object* json_object(const boost::json::object& from, std::string_view key);
const boost::json::array* json_array(const boost::json::object& from, std::string_view key);
std::string json_text(const boost::json::object& from, std::string_view key);
uint64_t json_number(const boost::json::object& from, std::string_view key);
audit::Time json_time(const boost::json::object& from, std::string_view key);

// metadata.name of an object of Kubernetes; empty: it has none.
std::string object_name(const boost::json::value& object);

// Parses a body of an event as the API server does (see lenient_json.h); null when it is no JSON.
boost::json::value parse_body(std::string_view text);

}  // namespace redshank
