// The interface of all detectors. A new detector is one file and one line in registry.cpp.
#pragma once

#include <string_view>

#include "core/metric/metric_writer.h"
#include "core/request/observation.h"
#include "core/state/state.h"
#include "detectors/finding_book.h"

namespace redshank {

class DetectorConfig;

// A deterministic function of the sequence of events: no clock but Observation::now, no randomness, no I/O,
// no dependence on how the sequence was cut into batches. All calls come from the pipeline's thread. State is
// bounded, and what is evicted is counted.
class Detector {
  public:
    virtual ~Detector() = default;
    virtual std::string_view name() const = 0;

    virtual void observe(const Observation& observation, FindingBook& findings) = 0;

    // Event time has advanced to another whole second (possibly by much): check windows and time-outs. Called
    // before observe() of the event that advanced it.
    virtual void advance(audit::Time /*now*/, FindingBook& /*findings*/) {}

    // load() is called once, before the first event. save() writes what changed since the last save().
    virtual void load(const StateReader& /*state*/) {}
    virtual void save(StateWriter& /*state*/) {}

    // Reads what commands have written into the state since load() (`redshank suppress`); called every few
    // seconds, between two events. Throws, and changes nothing, when the state cannot be read.
    virtual void refresh(const StateReader& /*state*/) {}

    virtual void measure(MetricWriter& /*metrics*/) const {}

    // Takes a configuration that was read again (SIGHUP), between two events. Throws, and changes nothing,
    // when it cannot be used.
    virtual void reload(const DetectorConfig& /*config*/) {}
};

}  // namespace redshank
