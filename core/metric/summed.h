#pragma once

#include <algorithm>
#include <map>
#include <utility>

#include "core/metric/metric_writer.h"

namespace redshank {

// Combines the values that several parts of a kind write: the sum, or the least (Metric::least).
class SummedMetrics final : public MetricWriter {
  public:
    void write_to(MetricWriter& metrics) const {
        for (const auto& [key, value] : values_) metrics.set(*key.first, key.second, value);
    }

  private:
    void write(const Metric& metric, const Labels& labels, double value) override {
        const auto [at, is_new] = values_.try_emplace({&metric, labels}, value);
        if (is_new) return;
        at->second = metric.least ? std::min(at->second, value) : at->second + value;
    }

    std::map<std::pair<const Metric*, Labels>, double> values_;
};

}  // namespace redshank
