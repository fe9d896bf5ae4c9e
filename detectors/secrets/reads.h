#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "core/request/observation.h"
#include "core/state/bounded_table.h"
#include "core/state/shared_text.h"
#include "detectors/secrets/access.h"

namespace redshank::secrets {

// The table behind `redshank secrets`: who asked for the content of which Secrets, through which grant, how
// often. For one cluster. Pipeline thread only.
class Reads {
  public:
    static constexpr size_t kMax = 20'000;  // rows; beyond, the oldest tenth is evicted and counted

    // Different verbs, as one text that rows share.
    struct Verbs {
        static constexpr size_t kMost = 8;
        SharedText joined;  // in the order of their bytes

        std::set<std::string> all() const;
        void add(std::string_view verb);
    };

    struct Row {
        SharedText cluster, secret, user, impersonated, grant;
        SharedText verdict;  // exposed | in-order | refused | not-judged
        Verbs verbs;
        SharedText source_ip;  // of the last one
        uint64_t window = 0;   // number of the exposure window; 0: none
        uint64_t count = 0;
        audit::Time first{}, last{};
    };

    explicit Reads(std::string cluster) : cluster_(std::move(cluster)) {}

    void add(const audit::Event& event, const SecretScope& scope, const std::string& grant, uint64_t window,
             std::string_view verdict);

    // Whether the user has read exactly this in order, through another grant.
    bool has_own_right(const audit::Event& event, const SecretScope& scope, const std::string& grant) const;

    // Whether the caller has read exactly this before, through any grant; whether the caller has read
    // anything; whether anybody has read through this grant.
    bool has_read(const audit::Event& event, const SecretScope& scope) const;
    bool knows_caller(const audit::Event& event) const;
    bool knows_grant(const std::string& grant) const { return uses_.contains(grant); }
    // Whether the user has read anything in order through this binding, and whether anybody has read through
    // it, whatever subject of it they were.
    bool has_used(std::string_view user, const std::optional<audit::Grant>& grant) const;
    bool knows_binding(const audit::Grant& grant) const;

    // Reads since then through the binding ("RoleBinding shop/tmp") by callers who had not read the same
    // through another grant before. Without reads that were reported as exposed.
    std::vector<Row> only_through(const std::string& binding, audit::Time since) const;

    size_t size() const { return rows_.size(); }
    uint64_t evictions() const { return rows_.evictions(); }

    void load(const StateReader& state, const std::string& prefix);
    void save(StateWriter& state, const std::string& prefix) { rows_.save(state, prefix); }

  private:
    bool is_used(std::string_view binding) const;
    // Adds the row to uses_, or removes it.
    void count_use(const Row& row, bool add);

    const std::string cluster_;
    BoundedTable<Row, OrderedText> rows_{"secret_exposure.reads", kMax};
    std::map<std::string, size_t, std::less<>>
        uses_;  // numbers of rows that are no refusals, by grant and by caller
};
inline std::set<std::string> stored(const Reads::Verbs& verbs) {
    return verbs.all();
}
bool restore(Reads::Verbs& verbs, const std::set<std::string>& all);
template <class V>
void describe(V& v, Reads::Row& row) {
    v("cluster", row.cluster);
    v.must("secret", row.secret);
    v.must("user", row.user);
    v("impersonated", row.impersonated);
    v("grant", row.grant);
    v("window", row.window);
    v.must("verdict", row.verdict);
    v("verbs", row.verbs);
    v("count", row.count);
    v.must("first", row.first);
    v.must("last", row.last);
    v("source_ip", row.source_ip);
}
inline audit::Time worth(const Reads::Row& row) {
    return row.last;
}

}  // namespace redshank::secrets
