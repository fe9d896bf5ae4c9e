// When the Pods of each namespace changed. A change is a sign that a silent controller has stopped, and does
// not merely talk to another API server whose log is not read.
#pragma once

#include <string_view>

#include "core/request/request.h"
#include "core/state/bounded_table.h"

namespace redshank::crd {

// Ten-minute slots, the newest at bit 0: about ten hours.
struct PodSlots {
    static constexpr int64_t kCount = 64;

    int64_t newest = 0;  // slots since 1970
    uint64_t bits = 0;

    void add(audit::Time time);
    // In the slot of `time`, or in the one after it.
    bool has_about(audit::Time time) const;
};
template <class V>
void describe(V& v, PodSlots& row) {
    v.as_array();
    v.must("newest", row.newest);
    v.must("bits", row.bits);
}
inline int64_t worth(const PodSlots& row) {
    return row.newest;
}

// A kubelet or a controller of the control plane reports a pod's status when its containers end, start, fail
// their probes or are evicted; whoever deletes or evicts a pod ends it. A namespace has many pods, so a
// change is a sign and no proof.
class PodChanges {
  public:
    // Takes the answering event of each request.
    void learn(std::string_view cluster, const Request& request);
    // Whether Pods of the namespace changed near that time, within the last ten hours.
    bool about(audit::Time time, std::string_view cluster, std::string_view namespace_) const;

    void load(const StateReader& state) { slots_.load(state); }
    void save(StateWriter& state) { slots_.save(state); }
    uint64_t evictions() const { return slots_.evictions(); }

  private:
    BoundedTable<PodSlots> slots_{"crd_health.pods", 10'000};  // by cluster and namespace
};

}  // namespace redshank::crd
