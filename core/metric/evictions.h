#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "core/metric/metric_writer.h"

namespace redshank {

inline constexpr Metric kStateEvictions{"redshank_state_evictions_total", Metric::Counter, "table",
                                        "Rows that made room for others, by table of docs/state.md."};

// Every table with a cap reports its evictions here, under its name in docs/state.md.
inline void count_evictions(MetricWriter& metrics, std::string_view table, uint64_t rows) {
    metrics.set(kStateEvictions, {{"table", std::string(table)}}, rows);
}

}  // namespace redshank
