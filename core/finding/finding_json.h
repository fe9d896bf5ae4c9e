// A finding as one line of JSON, in the field order of docs/findings.md, and back.
#pragma once

#include <optional>
#include <string>

#include "core/finding/finding.h"

namespace redshank {

// Always valid UTF-8 and so always readable again, whatever a client sent.
std::string to_json(const Finding& finding);

// Nothing when the text is not a finding. Reads what to_json() writes, whatever version wrote it: fields that
// are missing keep their defaults, unknown ones are passed over.
std::optional<Finding> finding_from_json(std::string_view text);

// A finding in a row of the state.
RawJson stored(const Finding& finding);
bool restore(Finding& finding, const RawJson& json);

}  // namespace redshank
