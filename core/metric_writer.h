#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace redshank {

// Takes what a detector wants to show on /metrics. Names are in docs/metrics.md; label values must come from
// a bounded set, whatever the input.
class MetricWriter {
  public:
    using Labels = std::vector<std::pair<std::string, std::string>>;
    virtual ~MetricWriter() = default;
    virtual void counter(std::string_view name, const Labels& labels, double value) = 0;
    virtual void gauge(std::string_view name, const Labels& labels, double value) = 0;
};

}  // namespace redshank
