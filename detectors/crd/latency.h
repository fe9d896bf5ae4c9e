// How long requests on a resource take: from requestReceivedTimestamp to stageTimestamp of what succeeded,
// without watches. The annotations apiserver.latency.k8s.io/… are on few slow requests, so they only help to
// name a layer.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "detectors/crd/track.h"

namespace redshank::crd {

// Durations in buckets that grow by a fourth root of two, from a tenth of a millisecond up. Halved when full,
// so that it forgets.
class Quantiles {
  public:
    void add(audit::Duration took);
    // Upper bound of the bucket in which the quantile lies; zero when there is none.
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
    Track slow;   // those that took long; failures in the words of Track
};

// In a row of the state: a list.
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

// What answered slowly, as far as the event tells: webhooks that were called, layers that took long. "" when
// it does not.
std::string slow_cause(const audit::Event& event);

// From what on a request of this kind counts as slow.
audit::Duration slow_limit(const Quantiles& usual, audit::Duration configured);

}  // namespace redshank::crd
