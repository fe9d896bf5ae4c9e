// Since when the log of each cluster has no gap.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <utility>

#include "audit/event.h"
#include "core/state/describe.h"
#include "core/state/state.h"

namespace redshank::crd {

// A cluster is never quiet for kHole: if it is, its API server was down or a part of its log is missing.
// Clusters have separate logs, so a gap in one says nothing about others. Cluster names come from the
// configuration, so there are few.
class Visibility {
  public:
    static constexpr audit::Duration kHole = std::chrono::minutes{10};

    // The cluster's log has an event, of any kind.
    void saw(std::string_view cluster, audit::Time now);
    // The end of its last gap; `now` during a gap.
    audit::Time since(std::string_view cluster, audit::Time now) const;

    void load(const StateReader& state);
    void save(StateWriter& state) const;

  private:
    struct Log {
        audit::Time since{}, last{};
        template <class V>
        void describe(V& v) {
            v.as_array();
            v.must("since", micros(since));
            v.must("last", micros(last));
        }
    };
    std::map<std::string, Log, std::less<>> logs_;       // nothing is erased
    std::pair<const std::string, Log>* last_ = nullptr;  // of the last event
};

}  // namespace redshank::crd
