#pragma once

#include <memory>
#include <vector>

#include "core/request/request.h"
#include "core/request/request_tracker.h"
#include "detectors/detector.h"
#include "detectors/finding_book.h"
#include "detectors/registry.h"

namespace redshank {

// Everything between a parsed event and a finding: `run` and `replay` both feed this, which is why they find
// the same. Pipeline thread only.
class Engine {
  public:
    // `symbols`: texts that each table of recurring texts holds; no finding depends on it.
    explicit Engine(const DetectorConfig& config, size_t symbols = Symbols::kMost);

    // Shows the event to every detector. Findings worth telling are then in drain().
    void observe(const audit::Event& event, const Origin& origin);

    // For what no event tells: findings about the sources themselves.
    FindingBook& book() { return book_; }

    std::vector<Finding> drain(bool all = false) { return book_.drain(all); }
    std::vector<Finding> take_changed() { return book_.take_changed(); }

    // Hands a new configuration to every detector. Throws when one of them refuses it: those before it have
    // it then, so check the whole configuration first.
    void reload(const DetectorConfig& config);

    // Event time: the newest stageTimestamp seen.
    audit::Time now() const { return clock_.time; }

    // The state of all detectors, the open findings and the clock.
    void load(const StateReader& state);
    void save(StateWriter& state);
    // Lets the detectors read what people have written into the state by command. May throw.
    void refresh(const StateReader& state);
    void measure(MetricWriter& metrics) const;

  private:
    std::vector<std::unique_ptr<Detector>> detectors_;
    Symbols symbols_;
    FindingBook book_;
    RequestTracker requests_;
    ClockRow clock_;
};

}  // namespace redshank
