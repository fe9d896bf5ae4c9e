#include <charconv>

#include "core/request/names.h"
#include "core/request/verbs.h"
#include "core/request/words.h"
#include "core/state/bounded_table.h"
#include "core/state/key.h"
#include "core/state/shared_text.h"
#include "detectors/access/habit.h"
#include "detectors/access/reasons.h"

namespace redshank::access {

namespace {

constexpr int64_t kProxy = 20;  // an account that impersonates more roles is a proxy
// An account that impersonates one account in more namespaces does so in all of them.
constexpr int64_t kFamily = 2;
// The count of a pair that has only looked so far, through a proxy: it is told again when it does more.
constexpr int64_t kLooks = 2;

// A reserved name without the groups that make it what it says: the headers of an impersonation seldom name
// groups, so for whom one asks counts as much as what one gets.
bool is_under_reserved_name(const Actor& actor) {
    return actor.is(ActorClass::Human) && actor.has_reserved_name;
}

// The role that is impersonated: colleagues of a known group are one role; every system identity and service
// account is a role of its own.
std::string role_of(const Actor& actor) {
    if (actor.is_masters) return "group " + std::string(kMasters);
    return actor.is(ActorClass::Human) && !actor.has_reserved_name ? actor.peers : actor.key;
}

bool is_of_group(const Actor& target, std::string_view role) {
    return role.starts_with("group ") && !target.is_masters;
}
std::string group_of(std::string_view role) {
    return name_words(role.substr(role.find(' ') + 1), 64);
}

// "never acted as agent-smith before", "never acted as bob, or as anybody of group dev, before".
std::string because_of(const Look& look, const Actor& target, const std::string& role) {
    // A proxy that acts for a person every day gave him a group.
    if (target.is_masters) return "never acted as anybody of " + role + " before";
    const std::string out = "never acted as " + actor_words(look.request().effective);
    return is_of_group(target, role) ? out + ", or as anybody of group " + group_of(role) + ", before"
                                     : out + " before";
}

// Whom a refused impersonation was for: of users the server tells the name, of groups and others as well.
std::string wanted_words(const audit::Event& event) {
    const std::string_view kind = event.response.details_kind, name = event.response.details_name;
    if (name.empty()) return "another user";
    if (kind == "groups") return "group " + name_words(name);
    if (kind == "users") return user_words(name);
    if (kind == "serviceaccounts") return "service account " + name_words(name);
    return "another user";
}

bool is_mighty(const Actor& actor) {
    return actor.is_masters || actor.is(ActorClass::ControlPlane) || actor.is(ActorClass::Node) ||
           is_under_reserved_name(actor);
}

// A person's group, as seen in their own last request.
struct PeerGroup {
    int64_t last = 0;
    SharedText name;
};
template <class V>
void describe(V& v, PeerGroup& row) {
    v.as_array();
    v.must("last", row.last);
    v.must("name", row.name);
}
int64_t worth(const PeerGroup& row) {
    return row.last;
}
// "1700000000000000 dev", until 0.1.
bool restore_old(std::string_view text, PeerGroup& row) {
    int64_t last = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), last);
    if (error != std::errc{} || end == text.data() + text.size() || *end != ' ') return false;
    row = {last, std::string(end + 1, text.data() + text.size())};
    return true;
}

// First-seen pairs of (who, whom), and refused impersonation. A proxy through which a person looks at what is
// no secret is low; the first thing that is more is told then.
class Impersonation : public NamedReason {
  public:
    std::optional<Hit> observe(const Look& look) override {
        const audit::Event& event = look.event();
        if (!event.is_impersonated) return refused(look);

        if (look.asks_for_another()) return std::nullopt;
        Actor target = look.request().effective;
        // The headers of an impersonation seldom name groups: what group the person is in is known from his
        // own requests.
        if (target.actor_class == ActorClass::Human) {
            if (const PeerGroup* group = groups_.find(target.key)) target.peers = group->name.get();
        }
        const std::string role = role_of(target);
        const std::string pair = row_key({look.sender.key, role});
        const bool is_new = pairs_.find(pair) == nullptr;
        HabitCell& cell = pairs_.change(pair);
        const int64_t now = event.stage_time.time_since_epoch().count();
        if (is_new) cell.count = 1;
        cell.last = std::max(cell.last, now);
        // Before habits are known, a first pair says little; and a proxy impersonates all the time.
        if (!is_new && cell.count != kLooks) return std::nullopt;
        if (!is_new) return reaches(look) ? std::optional(grown(look, target, role, cell)) : std::nullopt;
        int64_t& roles = many_.change(look.sender.key).count;
        ++roles;
        // A controller that acts in each tenant's namespace as the account of one name there will do so in
        // the next tenant's.
        bool is_family = false;
        if (target.actor_class == ActorClass::ServiceAccount) {
            int64_t& namespaces = many_.change(row_key({look.sender.key, target.peers})).count;
            is_family = namespaces++ >= kFamily;
        }
        // If a peer did it before, it is a duty of the group.
        const std::string peers = "peers: " + look.sender.peers + kKeyMark + role;
        const bool peer_did = pairs_.find(peers) != nullptr;
        HabitCell& by_peers = pairs_.change(peers);
        ++by_peers.count;
        by_peers.last = std::max(by_peers.last, now);
        const bool is_duty = peer_did || is_family || (roles > kProxy && !is_mighty(target));
        if (look.learning || is_duty) return std::nullopt;
        Hit hit = hit_of(look, target, role);
        if (is_through_proxy(look, target) && !reaches(look)) {
            cell.count = kLooks;
            hit.severity = Severity::Low;
        }
        return hit;
    }

    void load(const StateReader& state) override {
        pairs_.load(state);
        many_.load(state);
        groups_.load(state);
    }
    void save(StateWriter& state) override {
        pairs_.save(state);
        many_.save(state);
        groups_.save(state);
    }
    uint64_t evictions() const override {
        return pairs_.evictions() + many_.evictions() + groups_.evictions();
    }

  private:
    // A program in a Pod acts as a person, with that person's own rights.
    static bool is_through_proxy(const Look& look, const Actor& target) {
        return look.sender.is_pod() && target.actor_class == ActorClass::Human && !is_mighty(target) &&
               look.request().verdict == RequestVerdict::Allowed;
    }
    // More than to look at what is no secret.
    static bool reaches(const Look& look) {
        const std::string_view verb = look.event().verb;
        return look.action.weight > 0 || !is_read(verb);
    }
    static Hit grown(const Look& look, const Actor& target, const std::string& role, HabitCell& cell) {
        cell.count = 1;
        return hit_of(look, target, role);
    }
    static Hit hit_of(const Look& look, const Actor& target, const std::string& role) {
        Hit hit{.kind = "impersonation-new",
                .title = "An account plays a role it never played",
                .severity = is_mighty(target) ? Severity::High : Severity::Medium,
                .who = actor_words(look.sender),
                .what = "acted as " + actor_words(look.request().effective) +
                        (target.is_masters ? " of " + role : std::string()) + " and " +
                        outcome_words(look.request()),
                .why = {target.is_masters ? because_of(look, target, role)
                        : is_of_group(target, role)
                            ? "never acted as anybody of group " + group_of(role) + " before"
                            : "never did so before"},
                .mitre = "T1134",
                .tactic = Tactic::PrivilegeEscalation,
                .behaviour = "impersonate " + std::string(look.event().impersonated_user.username)};
        hit.reasons.push_back({"new-impersonation", because_of(look, target, role), role});
        return hit;
    }
    std::optional<Hit> refused(const Look& look) {
        const audit::Event& event = look.event();
        if (look.sender.is(ActorClass::Human)) {
            const auto known = groups_.find_handle(look.sender.key);
            if (!known || known.row().name.get() != look.sender.peers) {
                PeerGroup& group = groups_.change(known, look.sender.key);
                group.name = look.sender.peers;
                group.last = event.stage_time.time_since_epoch().count();
            }
        }
        if (!is_refused_impersonation(event)) return std::nullopt;
        Hit hit{
            .kind = "impersonation-refused",
            .title = "An account tried to play somebody else",
            .severity = Severity::Medium,
            .what = "tried to act as " + wanted_words(event) + " and was refused (403)",
            .why = {"no right to impersonate " +
                    name_words(event.response.details_kind.empty() ? "users" : event.response.details_kind)},
            .mitre = "T1134",
            .tactic = Tactic::PrivilegeEscalation,
            .behaviour = "impersonate"};
        hit.reasons.push_back({"refused-impersonation", hit.why.front(), ""});
        return hit;
    }

    BoundedTable<HabitCell> pairs_{"unusual_access.impersonations", 20'000};
    BoundedTable<HabitCell> many_{"unusual_access.impersonators",
                                  10'000};  // the number of roles that an account has impersonated
    BoundedTable<PeerGroup> groups_{"unusual_access.groups", 50'000};  // user → peer group
};

}  // namespace

std::unique_ptr<NamedReason> make_impersonation() {
    return std::make_unique<Impersonation>();
}

}  // namespace redshank::access
