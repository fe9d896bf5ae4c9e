#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "core/finding/finding.h"
#include "core/finding/names.h"
#include "core/metric/metric_writer.h"

namespace redshank {

// How many findings of one cluster were told, by detector and severity. A finding counts once, and once more
// under each graver severity that it reaches; that it grows or ends does not count.
class ToldCounts {
  public:
    void add(const Finding& finding);
    void add(const ToldCounts& others);

    // Writes redshank_findings_total, also what is 0.
    void measure(MetricWriter& metrics, const std::string& cluster) const;

  private:
    static constexpr size_t kSeverities = static_cast<size_t>(Severity::Critical) + 1;
    std::array<std::array<uint64_t, kSeverities>, std::size(kDetectorNames)> counts_{};
};

}  // namespace redshank
