// Reading our own JSON again, forgivingly: what is missing or of another type gives the default.
#pragma once

#include <boost/json/fwd.hpp>
#include <cstdint>
#include <string>
#include <string_view>

#include "audit/time.h"

namespace redshank {

std::string json_text(const boost::json::object& from, std::string_view key);
uint64_t json_number(const boost::json::object& from, std::string_view key);
audit::Time json_time(const boost::json::object& from, std::string_view key);

// A body of an event as the API server reads it (see lenient_json.h); null when it is no JSON.
boost::json::value parse_body(std::string_view text);

}  // namespace redshank
