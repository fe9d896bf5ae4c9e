#pragma once

#include <string_view>

#include "audit/time.h"

namespace redshank {

// The stageTimestamp of a line, found without parsing it, also in the text that an envelope holds; Time{}
// when there is none. For messages to people and the order of lines, never for detection.
audit::Time time_of_line(std::string_view line);

}  // namespace redshank
