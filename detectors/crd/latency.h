// The latency of requests on a resource: from requestReceivedTimestamp to stageTimestamp of successful
// requests, without watches. The annotations apiserver.latency.k8s.io/… are on few slow requests, so they
// only help to name a layer.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "detectors/crd/track.h"

namespace redshank::crd {

// A histogram of durations in buckets that grow by the fourth root of two, from a tenth of a millisecond up.
// Counts are halved when full, so that old ones fade.
class Quantiles {
  public:
    void add(audit::Duration took);
    // The upper bound of the quantile's bucket; zero when there are no counts.
    audit::Duration at(double quantile) const;
    uint64_t total() const { return total_; }

    struct Bucket {
        uint8_t bucket = 0;
        uint32_t count = 0;
    };
    friend std::vector<Bucket> stored(const Quantiles& quantiles);
    friend bool restore(Quantiles& quantiles, const std::vector<Bucket>& buckets);

  private:
    std::map<uint8_t, uint32_t> counts_;
    uint64_t total_ = 0;
};

template <class V>
void describe(V& v, Quantiles::Bucket& row) {
    v.as_array();
    v.must("bucket", row.bucket);
    v.must("count", row.count);
}

struct Latency {
    Quantiles usual;
    Windows all;  // requests
    Track slow;   // slow requests, recorded as failures of a Track
};

// The form in a row of the state: a list.
struct LatencyRow {
    VerbClass verbs = VerbClass::Read;
    Latency latency;
};
template <class V>
void describe(V& v, LatencyRow& row) {
    v.must("verbs", row.verbs);
    v("usual", row.latency.usual);
    v("all", row.latency.all);
    v("slow", row.latency.slow);
}
struct LatencyList {
    std::map<VerbClass, Latency>& all;
};
std::vector<LatencyRow> stored(const LatencyList& list);
bool restore(const LatencyList& list, const std::vector<LatencyRow>& rows);

// What was slow, as far as the event shows: webhooks that were called, layers that took long. "" when the
// event does not show it.
std::string slow_cause(const audit::Event& event);

// The duration from which a request of this kind counts as slow.
audit::Duration slow_limit(const Quantiles& usual, audit::Duration configured);

}  // namespace redshank::crd
