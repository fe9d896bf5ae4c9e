// Rows of the state that could not be used.
#pragma once

#include "core/metric/metric_writer.h"
#include "core/state/checked_state.h"

namespace redshank {

inline constexpr Metric kUnusableRows{
    "redshank_state_rows_unusable_total", Metric::Counter, "table",
    "Rows of the state that were damaged or of an unknown form, and were passed over; the log names them."};

inline void count_unusable(MetricWriter& metrics, const UnusableRows& rows) {
    for (const auto& [table, count] : rows) metrics.set(kUnusableRows, {{"table", table}}, count);
}

}  // namespace redshank
