#pragma once

#include <string>
#include <utility>
#include <vector>

#include "core/metric/metric.h"

namespace redshank {

// Takes what a detector or a part of the daemon wants to show on /metrics. Label values come from a bounded
// set, whatever the input.
class MetricWriter {
  public:
    using Labels = std::vector<std::pair<std::string, std::string>>;
    virtual ~MetricWriter() = default;

    // The value as it is now. A counter's never falls.
    template <typename Number>
    void set(const Metric& metric, const Labels& labels, Number value) {
        write(metric, labels, static_cast<double>(value));
    }

  private:
    virtual void write(const Metric& metric, const Labels& labels, double value) = 0;
};

}  // namespace redshank
