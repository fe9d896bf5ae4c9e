// Converts a finding to JSON, in the field order of docs/findings.md, and back. Written strings are valid
// UTF-8, whatever a client sent, so that they can be read again. Reading accepts the JSON of every version:
// fields that are missing or have another type keep their defaults, unknown fields are ignored.
#pragma once

#include <boost/json.hpp>
#include <optional>
#include <string>

#include "core/finding/finding.h"

namespace redshank {

boost::json::object json_of(const Finding& finding);
std::string to_json(const Finding& finding);  // json_of() as one line of text

// Nothing when the value is no finding: it has no id or no severity.
std::optional<Finding> finding_of(const boost::json::value& from);
std::optional<Finding> finding_from_json(std::string_view text);

// {"audit_id", "time" (RFC 3339), "source", "offset"}. In stored rows the time may also be a number of
// microseconds.
boost::json::object json_of(const Evidence& evidence);
Evidence evidence_of(const boost::json::object& from);
// The form of a finding in a row of the state.
RawJson stored(const Finding& finding);
bool restore(Finding& finding, const RawJson& json);

}  // namespace redshank
