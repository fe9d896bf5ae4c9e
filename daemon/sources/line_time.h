#pragma once

#include <string_view>

#include "audit/time.h"

namespace redshank {

// The stageTimestamp of a line, found without parsing it; Time{} when there is none. For messages to people,
// never for detection.
audit::Time time_of_line(std::string_view line);

}  // namespace redshank
