#pragma once

#include <string>
#include <vector>

#include "core/state/bounded_table.h"
#include "detectors/detector.h"
#include "detectors/rbac/mirror.h"
#include "detectors/secrets/protection.h"

namespace redshank::secrets {

// Ways to a protected Secret that are no read of it (one cluster's; only with [[protect]] entries):
// - a workload that is given the Secret, written by someone who may not read it (needs bodies of workloads);
// - exec or attach into a pod that has it, by someone who may not read it (needs bodies of pods);
// - a token for a reader's service account, asked for by someone who may not read it; and a read with that
//   token, known by its credential id.
// Findings secret-read-indirect and secret-obtained-by-token. system:masters, who may do anything anyway, and
// the control plane (kubelets ask for tokens, controllers make pods) are never reported.
class IndirectAccess {
  public:
    static constexpr size_t kMaxPods = 5000, kMaxTokens = 5000;  // the oldest go first, and are counted

    // Both must outlive this.
    IndirectAccess(std::string cluster, const Protection& protection, const rbac::Mirror& mirror)
        : cluster_(std::move(cluster)), protection_(protection), mirror_(mirror) {}

    void observe(const Observation& observation, FindingBook& findings);
    uint64_t evictions() const { return pods_.evictions() + tokens_.evictions(); }

    void load(const StateReader& state, const std::string& prefix);
    void save(StateWriter& state, const std::string& prefix);

  private:
    struct Known {  // a Pod with protected Secrets, or a reader's token
        uint64_t number = 0;
        std::vector<std::string> targets;  // globs
        std::string minted_by, minted_from;
        Evidence evidence;

        template <class V>
        void describe(V& v) {
            v.must("number", number);
            v.must("targets", targets);
            v("minted_by", minted_by);
            v("minted_from", minted_from);
            v("audit_id", evidence.audit_id);
            v.must("time", evidence.time);
            v("source", evidence.source);
            v("offset", evidence.offset);
            v.sparse("generation", evidence.generation);
        }
        friend uint64_t worth(const Known& known) { return known.number; }
    };
    using Table = BoundedTable<Known>;

    void take_workload(const Observation& observation, FindingBook& findings);
    void take_exec(const Observation& observation, FindingBook& findings);
    void take_token_request(const Observation& observation, FindingBook& findings);
    void take_token_use(const Observation& observation, FindingBook& findings);
    void remember(Table& table, const std::string& key, Known known);
    // Those of the globs for which the user is no reader.
    std::vector<std::string> forbidden(const audit::User& user,
                                       const std::vector<std::string>& targets) const;
    // The same, without Secrets that the known RBAC objects let the caller read.
    std::vector<std::string> unreadable(const audit::Event& event,
                                        const std::vector<std::string>& targets) const;
    Finding& report(std::string_view kind, const std::string& key, const Observation& observation,
                    FindingBook& findings) const;

    const std::string cluster_;
    const Protection& protection_;
    const rbac::Mirror& mirror_;
    // "namespace/name"; credential id. One table of the state, keys "pod␟key" and "token␟key".
    Table pods_{"secret_exposure.indirect", kMaxPods, Evict::One};
    Table tokens_{"secret_exposure.indirect", kMaxTokens, Evict::One};
    uint64_t next_ = 1;
};

}  // namespace redshank::secrets
