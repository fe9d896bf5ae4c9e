// Moments at which an API server stopped, or its log did: then the end of many requests is missing, and that
// says nothing about who sent them. Seen by the lists of the server's own client, which come at its start
// only (its watches go on), by silence in a log that was busy, and by the writes of several callers that
// break off together. Kept in memory only: what it explains is minutes old.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/request/observation.h"

namespace redshank::by_rule {

class Restarts {
  public:
    // Call it with every event, in the order of time.
    void see(const Observation& observation);
    // Writes of several callers that were received about `time` have no end.
    void note(std::string_view cluster, audit::Time time);
    // Whether a request that was received at `time` may have been broken off by such a moment.
    bool explains(std::string_view cluster, audit::Time time, audit::Time now) const;

  private:
    struct Row {
        std::string cluster;
        audit::Time last{}, lists_since{};
        double interval = 0;  // seconds between events, on average
        int64_t events = 0;
        int lists = 0;
        std::vector<audit::Time> moments;  // the last few
    };
    const Row* find(std::string_view cluster) const;
    static bool is_silence(const Row& row, audit::Time now);
    static void add(Row& row, audit::Time moment);

    std::vector<Row> rows_;  // at most kMostClusters
    size_t newest_ = 0;      // the row of the last event
};

}  // namespace redshank::by_rule
