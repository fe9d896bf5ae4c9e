// Writes an event as the JSON that it was parsed from, with fields in the API server's order. Fields that
// audit.k8s.io/v1 does not have are lost.
#pragma once

#include <string>

#include "audit/event.h"

namespace redshank::rules {

std::string event_json(const audit::Event& event);

// Indents by two blanks, as Go's json.Indent does. All indents together take at most 1 MiB, however deep the
// values nest; after that, lines are not indented.
std::string indented(std::string_view json);

}  // namespace redshank::rules
