// A finding as JSON, in the field order of docs/findings.md, and back. The strings written are valid UTF-8,
// and so always readable again, whatever a client sent. Reading takes what any version wrote: fields that are
// missing or of another type keep their defaults, unknown ones are passed over.
#pragma once

#include <boost/json.hpp>
#include <optional>
#include <string>

#include "core/finding/finding.h"

namespace redshank {

boost::json::object json_of(const Finding& finding);
std::string to_json(const Finding& finding);  // the same as one line of text

// Nothing when it is not a finding: without an id or a severity.
std::optional<Finding> finding_of(const boost::json::value& from);
std::optional<Finding> finding_from_json(std::string_view text);

// {"audit_id", "time" (RFC 3339), "source", "offset"}. The time of rows may also be a number, microseconds.
boost::json::object json_of(const Evidence& evidence);
Evidence evidence_of(const boost::json::object& from);
// A finding in a row of the state.
RawJson stored(const Finding& finding);
bool restore(Finding& finding, const RawJson& json);

}  // namespace redshank
