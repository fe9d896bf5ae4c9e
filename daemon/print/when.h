// Times as people read them. JSON has absolute times only.
#pragma once

#include <string>

#include "daemon/clock.h"
#include "daemon/print/table.h"

namespace redshank {

// "4 min ago", "in 3 h"; "now" for less than a second.
std::string ago_words(audit::Time time, audit::Time now = wall_clock());

// "2026-01-05T10:00:00Z (4 min ago)".
std::string when(audit::Time time, audit::Time now = wall_clock());

// A column of these: where there is little room the two stand below each other.
ColumnStyle when_column(const char* header);

}  // namespace redshank
