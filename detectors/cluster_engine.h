#pragma once

#include <memory>
#include <vector>

#include "core/request/request.h"
#include "core/request/request_tracker.h"
#include "detectors/detector.h"
#include "detectors/registry.h"

namespace redshank {

// The detectors of one cluster with their clock, open findings and state. Clusters share nothing, so that a
// cluster whose log is read far behind or ahead is judged as by a daemon of its own.
class ClusterEngine {
  public:
    explicit ClusterEngine(const DetectorConfig& config);

    void observe(const audit::Event& event, const Request& request, const Origin& origin);

    FindingBook& book() { return book_; }
    void reload(const DetectorConfig& config);
    // Event time: the newest stageTimestamp seen.
    audit::Time now() const { return clock_.time; }

    void load(const StateReader& state);
    void save(StateWriter& state);
    void refresh(const StateReader& state);
    void measure(MetricWriter& metrics) const;

  private:
    std::vector<std::unique_ptr<Detector>> detectors_;
    FindingBook book_;
    RequestTracker requests_;
    ClockRow clock_;
};

}  // namespace redshank
