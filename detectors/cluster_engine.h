#pragma once

#include <array>
#include <memory>
#include <span>
#include <vector>

#include "core/crew.h"
#include "core/finding/names.h"
#include "core/request/request.h"
#include "core/request/request_tracker.h"
#include "detectors/detector.h"
#include "detectors/great_roles.h"
#include "detectors/registry.h"

namespace redshank {

// A finding to report, and the request that led to it.
struct ToldOf {
    size_t request = 0;  // index
    FindingBook::Told told;
};

// The detectors of one cluster with their clock, open findings and state. Clusters share nothing, so that a
// cluster whose log is read far behind or ahead is judged as by a daemon of its own.
//
// Nor do detectors of different names: each name has a book of its own, so that several threads may work on
// the same requests. Every report has a number (its request, then the detector), by which findings are told
// in the order in which one thread would tell them.
class ClusterEngine {
  public:
    explicit ClusterEngine(const DetectorConfig& config);

    // Passes the request to every detector. What is to be told waits for drain().
    void observe(Request& request, const Origin& origin);
    // The same for several requests, one after the other, with drain() after each. `crew` also does `besides`
    // (which may be empty).
    void observe(std::span<Request> requests, std::span<const Origin> origins, Crew& crew,
                 const Crew::Task& besides, std::vector<ToldOf>& told);

    // For findings that no event causes, about the cluster's sources.
    FindingBook& source_book();
    std::vector<Finding> drain(bool all);
    std::vector<Finding> take_changed();
    void forget_changed();
    ToldCounts counts() const;

    void reload(const DetectorConfig& config);
    // Event time: the newest stageTimestamp seen.
    audit::Time now() const { return clock_.time; }

    void load(const StateReader& state);
    void save(StateWriter& state);
    void refresh(const StateReader& state);
    void measure(MetricWriter& metrics) const;

  private:
    // The detectors of one name, in the order of the registry, and their findings.
    struct Room {
        std::string_view name;
        FindingBook book;
        std::vector<size_t> detectors;
    };
    struct Moment {
        Observation observation;
        uint64_t number = 0;
        bool is_next_second = false;
    };
    // Those whose work is the longest come first, so that a crew ends together.
    static constexpr std::array<std::string_view, std::size(kDetectorNames)> kLongestFirst{
        "rule", "unusual_access", "crd_health", "secret_exposure", "source"};

    Room& room_of(std::string_view name);
    Moment next(Request& request, const Origin& origin);
    void observe_in(Room& room, const Moment& moment);
    template <class Take>
    std::vector<Finding> of_all_rooms(Take take);

    std::vector<std::unique_ptr<Detector>> detectors_;
    std::vector<Room> rooms_;
    RequestTracker requests_;
    GreatRoles great_roles_;
    ClockRow clock_;
    uint64_t numbers_ = 0;         // given to requests
    std::vector<Moment> moments_;  // of the last requests
};

}  // namespace redshank
