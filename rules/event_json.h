// An event written as the JSON that it was read from: its fields in the API server's order. Fields that
// audit.k8s.io/v1 does not have are lost.
#pragma once

#include <string>

#include "audit/event.h"

namespace redshank::rules {

std::string event_json(const audit::Event& event);

// With an indent of two, as Go's json.Indent does it. All indents together are at most 1 MiB, whatever is
// nested how deep: what follows stands at the beginning of its line.
std::string indented(std::string_view json);

}  // namespace redshank::rules
