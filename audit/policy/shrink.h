// Predicts how an event that was written under one policy would be written under another.
#pragma once

#include "audit/policy/policy.h"

namespace redshank::audit::policy {

struct Shrunk {
    bool is_kept = false;
    uint64_t bytes = 0;         // of the line with its newline; 0 when it is not kept
    bool lacks_bodies = false;  // it would hold bodies that this log does not have, so it would be longer
};

// Reduces `event` to the decision's level and removes the bodies above that level. `line_bytes` is the length
// of its line without the newline.
Shrunk shrink(Event& event, const Decision& decision, uint64_t line_bytes);

// The size of the managedFields in a body: "managedFields":[…] with a comma.
uint64_t managed_fields_bytes(std::string_view body);

}  // namespace redshank::audit::policy
