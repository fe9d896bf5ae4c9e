#pragma once

#include <map>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "audit/normalise/source.h"
#include "core/request/request.h"
#include "core/state/partition.h"
#include "detectors/cluster_engine.h"

namespace redshank {

// Turns parsed events into findings. `run` and `replay` both use it, so they find the same. Each cluster has
// detectors of its own, created at its first event. Pipeline thread only.
class Engine {
  public:
    // `symbols` is the capacity of each table of recurring texts; no finding depends on it.
    explicit Engine(DetectorConfig config, size_t symbols = Symbols::kMost);

    // Makes the client of a trusted proxy the one that sent the event: to be called before observe(), which
    // takes the last address of sourceIPs for the sender's.
    void leave_out_proxies(audit::Event& event) const { audit::leave_out_proxies(event, proxies_); }
    // Passes the event to every detector of its cluster. drain() then returns findings to report.
    void observe(const audit::Event& event, const Origin& origin);

    // The same in two steps, so that events are understood while others are observed. A request is valid
    // until release() was called twice after it: call it before the next events are understood, by one thread
    // at a time.
    void release() { symbols_.release(); }
    Request understand(const audit::Event& event) { return symbols_.derive(event); }
    // See ClusterEngine. What is told of a request is not returned by drain().
    std::vector<ToldOf> observe(std::string_view cluster, std::span<Request> requests,
                                std::span<const Origin> origins, Crew& crew, const Crew::Task& besides);

    // For findings that no event causes, about the cluster's sources.
    FindingBook& book(std::string_view cluster) { return of(cluster).engine->source_book(); }

    // The findings of all clusters, one cluster after the other.
    std::vector<Finding> drain(bool all = false);
    std::vector<Finding> take_changed();
    void forget_changed();

    // Passes a new configuration to every detector. Throws when one of them refuses it, but earlier ones then
    // have it already: check the whole configuration first.
    void reload(const DetectorConfig& config);

    // Event time: the newest stageTimestamp seen in any cluster.
    audit::Time now() const;

    // The state of all detectors, the open findings and the clocks, of every cluster.
    void load(const StateReader& state);
    void save(StateWriter& state);
    // Makes the detectors read what commands have written into the state. May throw.
    void refresh(const StateReader& state);
    void measure(MetricWriter& metrics) const;

  private:
    struct Cluster {
        uint32_t number = 0;  // the number of its part of the state; never changes
        std::unique_ptr<ClusterEngine> engine;
    };
    Cluster& of(std::string_view cluster);
    template <typename Take>
    std::vector<Finding> of_all(Take take);  // the findings of all clusters, one cluster after the other

    DetectorConfig config_;
    std::vector<audit::Network> proxies_;
    Symbols symbols_;
    std::map<std::string, Cluster, std::less<>> clusters_;   // nothing is erased
    std::pair<const std::string, Cluster>* last_ = nullptr;  // of the last event
    // Loaded from a state without cluster numbers: belongs to the first cluster.
    std::unique_ptr<ClusterEngine> first_;
    uint32_t next_ = 0;   // number of the next new cluster
    uint32_t saved_ = 0;  // lower numbers are in the state
};

// The detectors' state of all clusters, for commands. `state` must outlive it.
AllPartitions detectors_state(const StateReader& state);

}  // namespace redshank
