// The cluster's RBAC objects, as far as the log and the seed show them.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "audit/time.h"
#include "core/state/bounded_table.h"
#include "detectors/rbac/matcher.h"
#include "detectors/rbac/objects_json.h"

namespace redshank::rbac {

// One cluster's roles and bindings. An object that it does not have is unknown, not absent: the log may begin
// after the object was created. Pipeline thread only.
//
// Aggregated ClusterRoles: their rules are derived here from the roles that their selectors match, at the
// moment a label changes; what the aggregation controller writes milliseconds later (or, by the order of
// lines, earlier) then changes nothing. Only rules that cannot be derived, because a role is unknown, are
// taken from the controller's word, and only after kSettling, when an edit that explains them would have
// come.
//
// Selectors may select each other's roles in any way, and whoever may write roles can make many of them: what
// a role aggregates is a set that is walked once, and at most kMaxAggregated roles are derived.
class Mirror {
  public:
    // Kubernetes has three; for more, the controller's write is trusted.
    static constexpr size_t kMaxAggregated = 200;
    // What they select of each other and of other roles, all together. Beyond it a selection is not followed,
    // and counted: the controller's word is taken.
    static constexpr size_t kMaxNested = 400, kMaxSelections = 10'000;
    static constexpr size_t kMaxCachedRules = 200'000;  // of all aggregated roles together
    // Beyond this many roles, and as many bindings, new ones are not kept, and counted.
    static constexpr size_t kMaxObjects = 50'000;
    static constexpr audit::Duration kSettling = std::chrono::seconds{2};

    using Keys = std::set<std::string>;  // of objects, see object_key()

    // Each returns the keys of the bindings whose effect may have changed.
    Keys put(Object object, audit::Time now);
    Keys erase_role(std::string_view namespace_, std::string_view name);
    Keys erase_binding(std::string_view namespace_, std::string_view name);
    // Removes everything in a namespace; "" means the cluster-wide objects.
    Keys erase_all(std::string_view namespace_, bool roles, bool bindings);
    Keys settle(audit::Time now);
    // Removes everything.
    void clear();

    // Null when unknown.
    const Role* role(std::string_view namespace_, std::string_view name) const;
    const Binding* binding(std::string_view namespace_, std::string_view name) const;
    const BoundedTable<Binding, OrderedText>& bindings() const { return bindings_; }
    size_t objects() const { return roles_.size() + bindings_.size(); }
    uint64_t refused() const { return refused_; }
    // The number of roles visited while deriving aggregated roles, since the start.
    uint64_t steps() const { return steps_; }

    // The rules of the binding's role; null when the role is unknown. The four user-facing default roles
    // (cluster-admin, admin, edit, view) are known, as far as Secrets are concerned, even if neither log nor
    // seed shows them. Valid until the next change.
    const std::vector<PolicyRule>* rules_of(const Binding& binding) const;

    // Whether this binding allows the user this action.
    bool allows(const Binding& binding, const audit::User& user, const Question& question) const;
    // Whether any binding does. RBAC only: system:masters and the Node authorizer are evaluated before it.
    bool allows(const audit::User& user, const Question& question) const;

    void load(const StateReader& state, const std::string& prefix);
    void save(StateWriter& state, const std::string& prefix);

  private:
    struct KnownRole {
        Role role;
        // For an aggregated role: rules that are trusted although not derived.
        std::vector<PolicyRule> settled;
        std::optional<audit::Time> unsettled{};  // when the controller last wrote; set until it is settled

        template <class V>
        void describe(V& v) {
            rbac::describe(v, role);
            v.sparse("settled", settled);
            v("unsettled", unsettled);
        }
    };

    std::vector<PolicyRule> effective(const std::string& key) const;
    std::vector<PolicyRule> derived(const std::string& key) const;
    void settle_role(const std::string& key, KnownRole& role);
    void role_changed(const std::string& key);
    void select_again(const std::string& key);
    void select(Keys& keys, const std::string& other);
    // The roles that aggregate this one, directly or through others.
    Keys aggregating(const std::string& key) const;
    Keys bindings_of(const std::string& role_key, bool and_aggregating) const;
    void index(const Binding& binding, const std::string& key, bool add);

    BoundedTable<KnownRole, OrderedText> roles_{"rbac.roles", kMaxObjects};
    BoundedTable<Binding, OrderedText> bindings_{"rbac.bindings", kMaxObjects};
    std::map<std::string, Keys> by_role_;                               // role key → binding keys
    mutable std::map<std::string, std::vector<PolicyRule>> effective_;  // of aggregated roles; a cache
    mutable size_t cached_rules_ = 0;
    mutable uint64_t steps_ = 0;
    std::map<std::string, Keys> selected_;  // aggregated role → the ClusterRoles that its selectors match
    size_t selections_ = 0, nested_ = 0;    // in it; nested: of aggregated roles
    std::set<std::string> unsettled_;
    uint64_t refused_ = 0;
};

}  // namespace redshank::rbac
