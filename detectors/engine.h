#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "core/request/request.h"
#include "core/state/partition.h"
#include "detectors/cluster_engine.h"

namespace redshank {

// Everything between a parsed event and a finding: `run` and `replay` both feed this, which is why they find
// the same. Each cluster has detectors of its own, made at its first event. Pipeline thread only.
class Engine {
  public:
    // `symbols`: texts that each table of recurring texts holds; no finding depends on it.
    explicit Engine(DetectorConfig config, size_t symbols = Symbols::kMost);

    // Shows the event to every detector of its cluster. Findings worth telling are then in drain().
    void observe(const audit::Event& event, const Origin& origin);

    // For what no event tells: findings about the cluster's sources.
    FindingBook& book(std::string_view cluster) { return of(cluster).engine->book(); }

    // Of one cluster after the other.
    std::vector<Finding> drain(bool all = false);
    std::vector<Finding> take_changed();

    // Hands a new configuration to every detector. Throws when one of them refuses it: those before it have
    // it then, so check the whole configuration first.
    void reload(const DetectorConfig& config);

    // Event time: the newest stageTimestamp seen in any cluster.
    audit::Time now() const;

    // The state of all detectors, the open findings and the clocks, of every cluster.
    void load(const StateReader& state);
    void save(StateWriter& state);
    // Lets the detectors read what people have written into the state by command. May throw.
    void refresh(const StateReader& state);
    void measure(MetricWriter& metrics) const;

  private:
    struct Cluster {
        uint32_t number = 0;  // its part of the state, for good
        std::unique_ptr<ClusterEngine> engine;
    };
    Cluster& of(std::string_view cluster);
    template <typename Take>
    std::vector<Finding> of_all(Take take);  // of one cluster after the other

    DetectorConfig config_;
    Symbols symbols_;
    std::map<std::string, Cluster, std::less<>> clusters_;
    std::unique_ptr<ClusterEngine> first_;  // loaded before a cluster had a number: the first cluster's
    uint32_t next_ = 0;                     // number of the next new cluster
    uint32_t saved_ = 0;                    // numbers below stand in the state
};

// What the detectors keep, of all clusters, for commands that ask. `state` must outlive it.
AllPartitions detectors_state(const StateReader& state);

}  // namespace redshank
