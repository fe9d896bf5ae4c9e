#include "detectors/rbac/mirror.h"

#include <algorithm>
#include <utility>

namespace redshank::rbac {

namespace {

constexpr int kMaxDepth = 8;  // of roles that aggregate aggregated roles; Kubernetes' own are two deep

std::string role_key(const Binding& binding) {
    return object_key(binding.role_namespace(), binding.role_name);
}

bool contains(const std::vector<PolicyRule>& rules, const PolicyRule& rule) {
    return std::find(rules.begin(), rules.end(), rule) != rules.end();
}

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
        aggregated_.insert(key);
    } else {
        unsettled_.erase(key);
        aggregated_.erase(key);
    }
    roles_.change(key) = std::move(entry);
    effective_.clear();
    return bindings_of(key, true);
}

Mirror::Keys Mirror::erase_role(std::string_view namespace_, std::string_view name) {
    const std::string key = object_key(namespace_, name);
    Keys affected = bindings_of(key, true);
    if (!roles_.erase(key)) return affected;
    aggregated_.erase(key);
    unsettled_.erase(key);
    effective_.clear();
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
        settle_role(roles_.change(*at));
        effective_.clear();
        if (entry.settled.size() != before) affected.merge(bindings_of(*at, true));
        at = unsettled_.erase(at);
    }
    return affected;
}

void Mirror::settle_role(KnownRole& entry) {
    const std::vector<PolicyRule> known = derived(entry.role, 0);
    entry.settled.clear();
    for (const PolicyRule& rule : entry.role.rules) {
        if (!contains(known, rule)) entry.settled.push_back(rule);
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
    const auto [cached, is_new] = effective_.try_emplace(key);
    if (is_new) cached->second = effective(*known);
    return &cached->second;
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

std::vector<PolicyRule> Mirror::effective(const KnownRole& entry, int depth) const {
    if (!entry.role.is_aggregated) return entry.role.rules;
    std::vector<PolicyRule> rules = derived(entry.role, depth);
    for (const PolicyRule& rule : entry.settled) {
        if (!contains(rules, rule)) rules.push_back(rule);
    }
    return rules;
}

std::vector<PolicyRule> Mirror::derived(const Role& role, int depth) const {
    std::vector<PolicyRule> rules;
    if (depth > kMaxDepth) return rules;
    // Cluster-wide objects: their keys begin with '/'.
    roles_.each_with("/", [&](const std::string&, const KnownRole& other) {
        const bool is_selected =
            other.role.name != role.name &&
            std::any_of(role.selectors.begin(), role.selectors.end(),
                        [&](const LabelSelector& selector) { return selector.matches(other.role.labels); });
        if (!is_selected) return true;
        for (PolicyRule& rule : effective(other, depth + 1)) {
            if (!contains(rules, rule)) rules.push_back(std::move(rule));
        }
        return true;
    });
    return rules;
}

Mirror::Keys Mirror::bindings_of(const std::string& key, bool and_aggregating) const {
    Keys keys;
    if (const auto found = by_role_.find(key); found != by_role_.end()) keys = found->second;
    if (and_aggregating && key.starts_with('/')) {
        for (const std::string& role : aggregated_) keys.merge(bindings_of(role, false));
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
    aggregated_.clear();
    unsettled_.clear();
}

void Mirror::load(const StateReader& state, const std::string& prefix) {
    roles_.load(state, prefix, [this](const std::string& key, const KnownRole& entry) {
        if (object_key(entry.role.namespace_, entry.role.name) != key) return false;
        if (entry.unsettled) unsettled_.insert(key);
        if (entry.role.is_aggregated) aggregated_.insert(key);
        return true;
    });
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
