#pragma once

#include <string_view>

#include "audit/time.h"

namespace redshank {

// stageTimestamp of a line, found without parsing it; Time{} when there is none. For telling people when,
// never for detection.
audit::Time time_of_line(std::string_view line);

}  // namespace redshank
