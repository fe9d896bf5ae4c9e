#pragma once

#include <string>
#include <utility>
#include <vector>

#include "core/metric/metric.h"

namespace redshank {

// Receives the values of detectors and other parts of the daemon for /metrics. Label values must come from a
// bounded set, whatever the input.
class MetricWriter {
  public:
    using Labels = std::vector<std::pair<std::string, std::string>>;
    virtual ~MetricWriter() = default;

    // Sets the current value. The value of a counter never decreases.
    template <typename Number>
    void set(const Metric& metric, const Labels& labels, Number value) {
        write(metric, labels, static_cast<double>(value));
    }

  private:
    virtual void write(const Metric& metric, const Labels& labels, double value) = 0;
};

}  // namespace redshank
