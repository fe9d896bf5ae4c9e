#pragma once

#include <map>
#include <set>
#include <string>

#include "core/state/bounded_table.h"
#include "detectors/detector.h"
#include "detectors/rbac/write.h"
#include "detectors/secrets/access.h"
#include "detectors/secrets/journal.h"
#include "detectors/secrets/openness.h"
#include "detectors/secrets/window.h"

namespace redshank::secrets {

// The exposure windows of one cluster, open and past, and their findings secret-exposed and
// secret-exposure-closed. Pipeline thread only.
//
// Where the log or the seed shows the RBAC objects, a window opens and closes with the write that did it.
// Elsewhere a window is found when somebody reads through it: the read's own authorization reason names the
// binding and its role, and the last write of either is what opened it. It closes when the binding or role is
// deleted; or with a write of either, once a request that had been allowed through it is refused, or after
// kQuiet without a read.
class Windows {
  public:
    static constexpr size_t kMax = 2000;  // the oldest closed windows are evicted first, then the oldest
    static constexpr audit::Duration kQuiet = std::chrono::hours{1};
    // A read up to this long after the closing belongs to the window: authorizers see a change a moment
    // later.
    static constexpr audit::Duration kLag = std::chrono::seconds{1};

    Windows(std::string cluster, const Protection& protection, bool by_grant)
        : cluster_(std::move(cluster)), protection_(protection), by_grant_(by_grant) {}

    // Call it after `write` was applied to the mirror and added to the journal.
    void take_write(const rbac::Write& write, const rbac::Mirror::Keys& affected, const rbac::Mirror& mirror,
                    const Journal& journal, const Observation& observation, FindingBook& findings);
    // Rules of aggregated roles, known only from the aggregation controller's writes, have become valid.
    void take_settled(const rbac::Mirror::Keys& affected, const rbac::Mirror& mirror, const Journal& journal,
                      audit::Time now, FindingBook& findings);
    // Opens windows for Secrets that the objects known at the start expose.
    void take_known(const rbac::Mirror& mirror, audit::Time now, FindingBook& findings);

    // Records an exposed read through a grant. Returns the window's number.
    uint64_t take_read(const std::string& target, Severity severity, const audit::Grant& grant,
                       const std::string& who, const SecretScope& scope, const Journal& journal,
                       const Observation& observation, FindingBook& findings);
    // Records a refused request for Secrets.
    void take_refusal(const SecretScope& scope, const Journal& journal, const Observation& observation,
                      FindingBook& findings);
    void advance(audit::Time now, const Journal& journal, FindingBook& findings);

    size_t open() const { return open_.size(); }
    uint64_t evictions() const { return all_.evictions(); }

    void load(const StateReader& state, const std::string& prefix);
    void save(StateWriter& state, const std::string& prefix) { all_.save(state, prefix); }

  private:
    Window& add(Window window);
    // The change to name for an opening, and for a closing; nothing: the state was so before.
    struct Causes {
        std::optional<Cause> opening, closing;
    };
    void evaluate(const std::string& binding_key, const rbac::Mirror& mirror, const Causes& causes,
                  audit::Time now, FindingBook& findings);
    Window* find_open(const std::string& target, const std::string& binding_key);
    // The window that closed last.
    Window* find_closed(const std::string& target, const std::string& binding_key);
    void close(Window& window, const std::optional<Cause>& cause, audit::Time time, FindingBook& findings);
    void close_by_candidate(Window& window, const Journal& journal, FindingBook& findings);
    FindingBook::Subject subject(const Window& window, std::string_view kind) const;

    const std::string cluster_;
    const Protection& protection_;
    const bool by_grant_;
    BoundedTable<Window, OrderedNumber<12>> all_{"secret_exposure.windows", kMax, Evict::One};  // by number
    std::map<std::string, std::set<uint64_t>> by_key_;  // target and binding → numbers
    std::set<uint64_t> open_;
    uint64_t next_ = 1;
};

}  // namespace redshank::secrets
