// Charts as SVG in the page, made here: no script draws anything. Each says in words what it shows.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "audit/time.h"
#include "daemon/pages/html.h"
#include "daemon/questions/habits.h"

namespace redshank {

struct DayBar {
    std::chrono::sys_days day{};
    uint64_t all = 0, grave = 0;  // grave: of all those that are high or critical
};

// From its opening to its end, or until now.
struct SpanBar {
    std::string label;
    audit::Time opened{};
    std::optional<audit::Time> closed;
};
Html span_chart(const std::vector<SpanBar>& bars, audit::Time now);

Html day_chart(const std::vector<DayBar>& days);

// A row of 24 fields for working days, one for weekends: those in which somebody worked are full.
Html hours_chart(const UsualHours& hours);

}  // namespace redshank
