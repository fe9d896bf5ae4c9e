#include "detectors/rbac/mirror.h"

#include <algorithm>
#include <boost/json.hpp>
#include <utility>

namespace redshank::rbac {

namespace json = boost::json;

namespace {

constexpr std::string_view kRoles = "rbac.roles", kBindings = "rbac.bindings";

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
        const auto known = bindings_.find(key);
        if (known == bindings_.end() && bindings_.size() >= kMaxObjects) {
            ++refused_;
            return {};
        }
        if (known != bindings_.end()) index(known->second, key, false);
        index(*binding, key, true);
        bindings_.insert_or_assign(key, std::move(*binding));
        changed_bindings_.insert(key);
        return {key};
    }
    Role& role = std::get<Role>(object);
    const std::string key = object_key(role.namespace_, role.name);
    const auto known = roles_.find(key);
    if (known == roles_.end() && roles_.size() >= kMaxObjects) {
        ++refused_;
        return {};
    }
    KnownRole entry{.role = std::move(role), .settled = {}};
    if (entry.role.is_aggregated) {
        if (known != roles_.end()) {
            for (const PolicyRule& rule : known->second.settled) {
                if (contains(entry.role.rules, rule)) entry.settled.push_back(rule);
            }
        }
        entry.unsettled = now;
        unsettled_.insert(key);
    } else {
        unsettled_.erase(key);
    }
    Keys affected = bindings_of(key, true);  // also those that aggregated it until now
    roles_.insert_or_assign(key, std::move(entry));
    role_changed(key);
    affected.merge(bindings_of(key, true));
    return affected;
}

Mirror::Keys Mirror::erase_role(std::string_view namespace_, std::string_view name) {
    const std::string key = object_key(namespace_, name);
    Keys affected = bindings_of(key, true);
    if (roles_.erase(key) == 0) return affected;
    unsettled_.erase(key);
    role_changed(key);
    return affected;
}

Mirror::Keys Mirror::erase_binding(std::string_view namespace_, std::string_view name) {
    const std::string key = object_key(namespace_, name);
    const auto known = bindings_.find(key);
    if (known != bindings_.end()) {
        index(known->second, key, false);
        bindings_.erase(known);
        changed_bindings_.insert(key);
    }
    return {key};
}

Mirror::Keys Mirror::erase_all(std::string_view namespace_, bool roles, bool bindings) {
    const std::string prefix = object_key(namespace_, "");
    const auto names = [&](const auto& objects) {
        std::vector<std::string> out;
        for (auto at = objects.lower_bound(prefix); at != objects.end() && at->first.starts_with(prefix);
             ++at) {
            out.push_back(at->first.substr(prefix.size()));
        }
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
        KnownRole& entry = roles_.at(*at);
        if (*entry.unsettled + kSettling > now) {
            ++at;
            continue;
        }
        const size_t before = entry.settled.size();
        settle_role(*at, entry);
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
    const auto known = roles_.find(object_key(namespace_, name));
    return known == roles_.end() ? nullptr : &known->second.role;
}

const Binding* Mirror::binding(std::string_view namespace_, std::string_view name) const {
    const auto known = bindings_.find(object_key(namespace_, name));
    return known == bindings_.end() ? nullptr : &known->second;
}

const std::vector<PolicyRule>* Mirror::rules_of(const Binding& binding) const {
    const std::string key = role_key(binding);
    const auto known = roles_.find(key);
    if (known == roles_.end()) return default_rules(binding);
    if (!known->second.role.is_aggregated) return &known->second.role.rules;
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
    changed_roles_.insert(key);
    select_again(key);
    effective_.clear();
    cached_rules_ = 0;
}

// Which aggregated roles select this one, and which it selects, after it has changed.
void Mirror::select_again(const std::string& key) {
    selected_.erase(key);
    const auto known = roles_.find(key);
    const bool is_there = known != roles_.end() && key.starts_with('/');
    for (auto& [aggregated, keys] : selected_) {
        if (is_there && selects(roles_.at(aggregated).role, known->second.role)) {
            keys.insert(key);
        } else {
            keys.erase(key);
        }
    }
    if (!is_there || !known->second.role.is_aggregated) return;
    if (selected_.size() >= kMaxAggregated) {
        ++refused_;
        return;
    }
    Keys& keys = selected_[key];
    // Cluster-wide objects come first: their keys begin with '/'.
    for (auto at = roles_.begin(); at != roles_.end() && at->first.starts_with('/'); ++at) {
        if (selects(known->second.role, at->second.role)) keys.insert(at->first);
    }
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
    return std::any_of(bindings_.begin(), bindings_.end(),
                       [&](const auto& entry) { return allows(entry.second, user, question); });
}

std::vector<PolicyRule> Mirror::effective(const std::string& key) const {
    const KnownRole& entry = roles_.at(key);
    const std::vector<PolicyRule> known = derived(key);
    RuleUnion rules;
    rules.add(known);
    rules.add(selected_.contains(key) ? entry.settled : entry.role.rules);
    return rules.take();
}

// What the roles that this one aggregates allow, also those that they aggregate themselves. Each is visited
// once.
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
            const KnownRole& entry = roles_.at(next);
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
    for (const auto& [key, role] : roles_) changed_roles_.insert(key);
    for (const auto& [key, binding] : bindings_) changed_bindings_.insert(key);
    roles_.clear();
    bindings_.clear();
    by_role_.clear();
    effective_.clear();
    cached_rules_ = 0;
    selected_.clear();
    unsettled_.clear();
}

void Mirror::load(const StateReader& state, const std::string& prefix) {
    const auto parsed = [](std::string_view value) {
        boost::system::error_code error;
        json::value row = json::parse(value, error);
        return error || !row.is_object() ? json::value{} : row;
    };
    state.scan(kRoles, prefix, [&](std::string_view key, std::string_view value) {
        const json::value row = parsed(value);
        auto object = read_object(row);
        if (!object || !std::holds_alternative<Role>(*object)) return;
        KnownRole entry{.role = std::move(std::get<Role>(*object)), .settled = {}};
        const std::string name(key.substr(prefix.size()));
        if (const json::value* settled = row.as_object().if_contains("settled")) {
            json::value as_role{{"kind", "ClusterRole"}, {"metadata", {{"name", "x"}}}, {"rules", *settled}};
            entry.settled = std::get<Role>(*read_object(as_role)).rules;
        }
        if (const json::value* since = row.as_object().if_contains("unsettled")) {
            entry.unsettled = audit::Time{audit::Duration{since->to_number<int64_t>()}};
            unsettled_.insert(name);
        }
        roles_.insert_or_assign(name, std::move(entry));
    });
    for (const auto& [key, entry] : roles_) {
        if (entry.role.is_aggregated) select_again(key);
    }
    state.scan(kBindings, prefix, [&](std::string_view key, std::string_view value) {
        auto object = read_object(parsed(value));
        if (!object || !std::holds_alternative<Binding>(*object)) return;
        const std::string name(key.substr(prefix.size()));
        if (const auto known = bindings_.find(name); known != bindings_.end()) {
            index(known->second, name, false);
        }
        index(std::get<Binding>(*object), name, true);
        bindings_.insert_or_assign(name, std::move(std::get<Binding>(*object)));
    });
}

void Mirror::save(StateWriter& state, const std::string& prefix) {
    for (const std::string& key : std::exchange(changed_roles_, {})) {
        const auto known = roles_.find(key);
        if (known == roles_.end()) {
            state.erase(kRoles, prefix + key);
            continue;
        }
        const KnownRole& entry = known->second;
        json::object row = json::parse(to_json(entry.role)).as_object();
        if (!entry.settled.empty()) {
            const Role settled{.namespace_ = {}, .name = "x", .labels = {}, .rules = entry.settled};
            row["settled"] = json::parse(to_json(settled)).at("rules");
        }
        if (entry.unsettled) row["unsettled"] = entry.unsettled->time_since_epoch().count();
        state.put(kRoles, prefix + key, json::serialize(row));
    }
    for (const std::string& key : std::exchange(changed_bindings_, {})) {
        const auto known = bindings_.find(key);
        if (known == bindings_.end()) {
            state.erase(kBindings, prefix + key);
        } else {
            state.put(kBindings, prefix + key, to_json(known->second));
        }
    }
}

}  // namespace redshank::rbac
