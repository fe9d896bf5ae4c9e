#include "detectors/rbac/mirror.h"

#include <algorithm>
#include <utility>

namespace redshank::rbac {

namespace {

std::string role_key(const Binding& binding) {
    return object_key(binding.role_namespace(), binding.role_name);
}

bool contains(const std::vector<PolicyRule>& rules, const PolicyRule& rule) {
    return std::find(rules.begin(), rules.end(), rule) != rules.end();
}

bool selects(const Role& aggregated, const Role& other) {
    return other.name != aggregated.name &&
           std::any_of(aggregated.selectors.begin(), aggregated.selectors.end(),
                       [&](const LabelSelector& selector) { return selector.matches(other.labels); });
}

// Rules, each once, in the order of adding.
class RuleUnion {
  public:
    void add(const std::vector<PolicyRule>& rules) {
        for (const PolicyRule& rule : rules) {
            if (seen_.insert(&rule).second) rules_.push_back(rule);
        }
    }
    std::vector<PolicyRule> take() { return std::move(rules_); }

  private:
    struct Less {
        bool operator()(const PolicyRule* a, const PolicyRule* b) const { return *a < *b; }
    };
    std::set<const PolicyRule*, Less> seen_;  // of those that were added, not of the copies
    std::vector<PolicyRule> rules_;
};

// bootstrappolicy/policy.go, as far as Secrets go; the API server restores these at every start.
const std::vector<PolicyRule>* default_rules(const Binding& binding) {
    static const std::vector<PolicyRule> kAll{{{"*"}, {"*"}, {"*"}, {}, {}}, {{"*"}, {}, {}, {}, {"*"}}};
    static const std::vector<PolicyRule> kSecrets{
        {{"get", "list", "watch"}, {""}, {"secrets"}, {}, {}},
        {{"create", "delete", "deletecollection", "patch", "update"}, {""}, {"secrets"}, {}, {}}};
    if (binding.role_kind != "ClusterRole") return nullptr;
    if (binding.role_name == "cluster-admin") return &kAll;
    return binding.role_name == "admin" || binding.role_name == "edit" ? &kSecrets : nullptr;
}

}  // namespace

Mirror::Keys Mirror::put(Object object, audit::Time now) {
    if (Binding* binding = std::get_if<Binding>(&object)) {
        const std::string key = object_key(binding->namespace_, binding->name);
        const Binding* known = bindings_.find(key);
        if (!known && bindings_.is_full()) {
            ++refused_;
            return {};
        }
        if (known) index(*known, key, false);
        index(*binding, key, true);
        bindings_.change(key) = std::move(*binding);
        return {key};
    }
    Role& role = std::get<Role>(object);
    const std::string key = object_key(role.namespace_, role.name);
    const KnownRole* known = roles_.find(key);
    if (!known && roles_.is_full()) {
        ++refused_;
        return {};
    }
    KnownRole entry{.role = std::move(role), .settled = {}};
    if (entry.role.is_aggregated) {
        if (known) {
            for (const PolicyRule& rule : known->settled) {
                if (contains(entry.role.rules, rule)) entry.settled.push_back(rule);
            }
        }
        entry.unsettled = now;
        unsettled_.insert(key);
    } else {
        unsettled_.erase(key);
    }
    Keys affected = bindings_of(key, true);  // also those that aggregated it until now
    roles_.change(key) = std::move(entry);
    role_changed(key);
    affected.merge(bindings_of(key, true));
    return affected;
}

Mirror::Keys Mirror::erase_role(std::string_view namespace_, std::string_view name) {
    const std::string key = object_key(namespace_, name);
    Keys affected = bindings_of(key, true);
    if (!roles_.erase(key)) return affected;
    unsettled_.erase(key);
    role_changed(key);
    return affected;
}

Mirror::Keys Mirror::erase_binding(std::string_view namespace_, std::string_view name) {
    const std::string key = object_key(namespace_, name);
    if (const Binding* known = bindings_.find(key)) {
        index(*known, key, false);
        bindings_.erase(key);
    }
    return {key};
}

Mirror::Keys Mirror::erase_all(std::string_view namespace_, bool roles, bool bindings) {
    const std::string prefix = object_key(namespace_, "");
    const auto names = [&](const auto& objects) {
        std::vector<std::string> out;
        objects.each_with(prefix, [&](const std::string& key, const auto&) {
            out.push_back(key.substr(prefix.size()));
            return true;
        });
        return out;
    };
    Keys affected;
    if (bindings) {
        for (const std::string& name : names(bindings_)) affected.merge(erase_binding(namespace_, name));
    }
    if (roles) {
        for (const std::string& name : names(roles_)) affected.merge(erase_role(namespace_, name));
    }
    return affected;
}

Mirror::Keys Mirror::settle(audit::Time now) {
    Keys affected;
    for (auto at = unsettled_.begin(); at != unsettled_.end();) {
        KnownRole& entry = *roles_.find_quietly(*at);
        if (*entry.unsettled + kSettling > now) {
            ++at;
            continue;
        }
        const size_t before = entry.settled.size();
        settle_role(*at, roles_.change(*at));
        role_changed(*at);
        if (entry.settled.size() != before) affected.merge(bindings_of(*at, true));
        at = unsettled_.erase(at);
    }
    return affected;
}

void Mirror::settle_role(const std::string& key, KnownRole& entry) {
    const std::vector<PolicyRule> known = derived(key);
    const std::set<PolicyRule> explained(known.begin(), known.end());
    entry.settled.clear();
    for (const PolicyRule& rule : entry.role.rules) {
        if (!explained.contains(rule)) entry.settled.push_back(rule);
    }
    entry.unsettled.reset();
}

const Role* Mirror::role(std::string_view namespace_, std::string_view name) const {
    const KnownRole* known = roles_.find(object_key(namespace_, name));
    return known ? &known->role : nullptr;
}

const Binding* Mirror::binding(std::string_view namespace_, std::string_view name) const {
    return bindings_.find(object_key(namespace_, name));
}

const std::vector<PolicyRule>* Mirror::rules_of(const Binding& binding) const {
    const std::string key = role_key(binding);
    const KnownRole* known = roles_.find(key);
    if (!known) return default_rules(binding);
    if (!known->role.is_aggregated) return &known->role.rules;
    const auto cached = effective_.find(key);
    if (cached != effective_.end()) return &cached->second;
    std::vector<PolicyRule> rules = effective(key);
    if (cached_rules_ + rules.size() > kMaxCachedRules) {
        effective_.clear();
        cached_rules_ = 0;
    }
    cached_rules_ += rules.size();
    return &effective_.emplace(key, std::move(rules)).first->second;
}

void Mirror::role_changed(const std::string& key) {
    select_again(key);
    effective_.clear();
    cached_rules_ = 0;
}

void Mirror::select(Keys& keys, const std::string& other) {
    const bool is_nested = selected_.contains(other);
    if (selections_ >= kMaxSelections || (is_nested && nested_ >= kMaxNested)) {
        ++refused_;
        return;
    }
    keys.insert(other);
    ++selections_;
    nested_ += is_nested ? 1 : 0;
}

// Which aggregated roles select this one, and which it selects, after it has changed.
void Mirror::select_again(const std::string& key) {
    const auto own = selected_.find(key);
    const bool was_aggregated = own != selected_.end();
    for (auto& [aggregated, keys] : selected_) {
        if (keys.erase(key) == 0) continue;
        --selections_;
        nested_ -= was_aggregated ? 1 : 0;
    }
    if (was_aggregated) {
        selections_ -= own->second.size();
        for (const std::string& other : own->second) nested_ -= selected_.contains(other) ? 1 : 0;
        selected_.erase(own);
    }
    const KnownRole* known = key.starts_with('/') ? roles_.find(key) : nullptr;
    if (!known) return;
    const bool is_aggregated = known->role.is_aggregated && selected_.size() < kMaxAggregated;
    if (known->role.is_aggregated && !is_aggregated) ++refused_;
    if (is_aggregated) selected_.try_emplace(key);
    for (auto& [aggregated, keys] : selected_) {
        if (aggregated != key && selects(roles_.find(aggregated)->role, known->role)) select(keys, key);
    }
    if (!is_aggregated) return;
    Keys& keys = selected_[key];
    // Cluster-wide objects: their keys begin with '/'.
    roles_.each_with("/", [&](const std::string& other, const KnownRole& entry) {
        if (selects(known->role, entry.role)) select(keys, other);
        return true;
    });
}

bool Mirror::allows(const Binding& binding, const audit::User& user, const Question& question) const {
    if (!binding.is_cluster_wide() && (!question.is_resource || question.namespace_ != binding.namespace_)) {
        return false;
    }
    if (std::none_of(binding.subjects.begin(), binding.subjects.end(), [&](const Subject& subject) {
            return subject_applies(subject, binding.namespace_, user);
        })) {
        return false;
    }
    const std::vector<PolicyRule>* rules = rules_of(binding);
    return rules && std::any_of(rules->begin(), rules->end(),
                                [&](const PolicyRule& rule) { return rule_allows(rule, question); });
}

bool Mirror::allows(const audit::User& user, const Question& question) const {
    bool found = false;
    bindings_.each_from("", [&](const std::string&, const Binding& binding) {
        found = allows(binding, user, question);
        return !found;
    });
    return found;
}

std::vector<PolicyRule> Mirror::effective(const std::string& key) const {
    const KnownRole& entry = *roles_.find(key);
    const std::vector<PolicyRule> known = derived(key);
    RuleUnion rules;
    rules.add(known);
    rules.add(selected_.contains(key) ? entry.settled : entry.role.rules);
    return rules.take();
}

// The rules of the roles that this one aggregates, directly or through others. Each role is visited once.
std::vector<PolicyRule> Mirror::derived(const std::string& key) const {
    RuleUnion rules;
    Keys visited{key};
    for (std::vector<std::string> waiting{key}; !waiting.empty();) {
        const auto selected = selected_.find(waiting.back());
        waiting.pop_back();
        if (selected == selected_.end()) continue;
        for (const std::string& next : selected->second) {
            ++steps_;
            if (!visited.insert(next).second) continue;
            const KnownRole& entry = *roles_.find(next);
            rules.add(selected_.contains(next) ? entry.settled : entry.role.rules);
            waiting.push_back(next);
        }
    }
    return rules.take();
}

Mirror::Keys Mirror::aggregating(const std::string& key) const {
    Keys found;
    for (std::vector<std::string> waiting{key}; !waiting.empty();) {
        const std::string at = std::move(waiting.back());
        waiting.pop_back();
        for (const auto& [aggregated, selected] : selected_) {
            ++steps_;
            if (selected.contains(at) && found.insert(aggregated).second) waiting.push_back(aggregated);
        }
    }
    return found;
}

Mirror::Keys Mirror::bindings_of(const std::string& key, bool and_aggregating) const {
    Keys keys;
    if (const auto found = by_role_.find(key); found != by_role_.end()) keys = found->second;
    if (and_aggregating) {
        for (const std::string& role : aggregating(key)) keys.merge(bindings_of(role, false));
    }
    return keys;
}

void Mirror::index(const Binding& binding, const std::string& key, bool add) {
    const std::string role = role_key(binding);
    if (add) {
        by_role_[role].insert(key);
        return;
    }
    const auto found = by_role_.find(role);
    if (found == by_role_.end()) return;
    found->second.erase(key);
    if (found->second.empty()) by_role_.erase(found);
}

void Mirror::clear() {
    roles_.clear();
    bindings_.clear();
    by_role_.clear();
    effective_.clear();
    cached_rules_ = 0;
    selected_.clear();
    selections_ = nested_ = 0;
    unsettled_.clear();
}

void Mirror::load(const StateReader& state, const std::string& prefix) {
    std::vector<std::string> aggregated;
    roles_.load(state, prefix, [&](const std::string& key, const KnownRole& entry) {
        if (object_key(entry.role.namespace_, entry.role.name) != key) return false;
        if (entry.unsettled) unsettled_.insert(key);
        if (entry.role.is_aggregated) aggregated.push_back(key);
        return true;
    });
    for (const std::string& key : aggregated) select_again(key);
    bindings_.load(state, prefix, [this](const std::string& key, const Binding& binding) {
        if (object_key(binding.namespace_, binding.name) != key) return false;
        if (const Binding* known = bindings_.find(key)) index(*known, key, false);
        index(binding, key, true);
        return true;
    });
}

void Mirror::save(StateWriter& state, const std::string& prefix) {
    roles_.save(state, prefix);
    bindings_.save(state, prefix);
}

}  // namespace redshank::rbac
