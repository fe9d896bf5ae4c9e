// The last changes that can break custom resources, to name the one before a failure.
#pragma once

#include <deque>
#include <string>

#include "core/request/request.h"
#include "core/state/state.h"
#include "detectors/crd/resource.h"

namespace redshank::crd {

struct Change {
    enum class What : uint8_t { Crd, Webhook, Rbac, ApiService, Workload };
    What what = What::Crd;
    audit::Time time{};
    std::string cluster, user, verb, resource, namespace_, name;

    // "alice deleted CustomResourceDefinition widgets.example.com"
    std::string text() const;
};
std::span<const std::string_view> words_of(Change::What);
template <class V>
void describe(V& v, Change& row) {
    v.must("what", row.what);
    v.must("time", micros(row.time));
    v.must("cluster", row.cluster);
    v("user", row.user);
    v("verb", row.verb);
    v("resource", row.resource);
    v("namespace", row.namespace_);
    v("name", row.name);
}

class Changes {
  public:
    static constexpr size_t kKept = 256;
    // A change that precedes the first failure by more than this is not named as its cause.
    static constexpr audit::Duration kBlamed = std::chrono::minutes{15};

    // Takes the answering event of each request; keeps successful changes of interest.
    void learn(std::string_view cluster, const Request& request);

    // The newest change that explains such failures of the resource from `time` on; null when there is none.
    const Change* before(audit::Time time, std::string_view cluster, std::string_view group,
                         std::string_view resource, OutcomeClass outcome) const;

    // The same as a clause: "alice deleted CustomResourceDefinition a.example.com (12s earlier)"; "" when
    // there is none.
    std::string before_text(audit::Time time, const ResourceKey& key, OutcomeClass outcome) const;

    // The newest change, at most `within` before `time`, that may have stopped or replaced the pods of a
    // namespace: of its Deployments, StatefulSets, DaemonSets, or its own deletion. Null when there is none.
    const Change* stop(audit::Time time, std::string_view cluster, std::string_view namespace_,
                       audit::Duration within) const;
    // The change near `time`, as a clause like before_text().
    std::string stop_text(audit::Time time, std::string_view cluster, std::string_view namespace_) const;

    // Whether the CRD was deleted and, as far as the log shows, not created again.
    bool is_deleted(const ResourceKey& key) const;

    // When the CRD of the resource was last created; Time{} when not seen.
    audit::Time created(std::string_view cluster, std::string_view group, std::string_view resource) const;

    void load(const StateReader& state);
    void save(StateWriter& state);

  private:
    std::deque<Change> all_, workloads_;  // separate lists, because workloads change all the time
    bool changed_ = false;
};

}  // namespace redshank::crd
