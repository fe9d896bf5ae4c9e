#include <algorithm>

#include "audit/normalise/address_family.h"
#include "audit/utf8.h"
#include "core/finding/sentence.h"
#include "core/request/words.h"
#include "core/state/bounded_table.h"
#include "core/state/key.h"
#include "detectors/access/reasons.h"
#include "detectors/finding_book.h"
#include "detectors/hour.h"

namespace redshank::access {

namespace {

constexpr size_t kEventsKept = 8;
constexpr size_t kMany = 3;  // people who work in two networks at once: that is how it is here

// The login of one person: the network where they long work, and another in which it is in use beside it.
struct LoginRow {
    std::string home, address;  // network, and the last address there
    int64_t home_hour = 0;      // begin of the last hour of use there
    std::string other, other_address, other_agent, other_credential;
    int64_t other_last = 0, returns = 0;  // returns: how often the home network was used after the other one
    bool is_other_last = false, has_two = false;
    std::string client;              // the last one at home
    bool is_unusual = false;         // something was, in the other network: see is_unusual()
    std::vector<Evidence> evidence;  // from the other one
};
template <class V>
void describe(V& v, LoginRow& row) {
    v.must("home", row.home);
    v.must("address", row.address);
    v.must("home_hour", row.home_hour);
    v("other", row.other);
    v("other_address", row.other_address);
    v("other_agent", row.other_agent);
    v("other_credential", row.other_credential);
    v("other_last", row.other_last);
    v("returns", row.returns);
    v("is_other_last", row.is_other_last);
    v("has_two", row.has_two);
    v("client", row.client);
    v("is_unusual", row.is_unusual);
    v("evidence", row.evidence);
}
auto worth(const LoginRow& row) {
    return std::pair(row.has_two, row.home_hour);
}

// People of a cluster whose logins are used in two networks at once.
struct MixedRow {
    std::vector<std::string> names;  // at most kMany
};
template <class V>
void describe(V& v, MixedRow& row) {
    v("names", row.names);
}
int64_t worth(const MixedRow& row) {
    return static_cast<int64_t>(row.names.size());
}

// A login (a kubeconfig that was copied) is used from a network that is new for its person, within an hour
// from the one in which they have long been, and from the new one again: two hands. Who leaves for another
// network is in one at a time, and a gateway that is replaced is left once. It is no sign for another
// credential (a person may have two), for a person who was in two networks at once before, nor where several
// are; and an IPv4 and an IPv6 address may be of one machine. Who does in the other network nothing but what
// he always does, with the client that he uses at home, is as likely one person with a tunnel: low, until
// there is more.
class TwoNetworks : public NamedReason {
  public:
    std::optional<Hit> observe(const Look& look) override {
        is_watched_ = false;
        if (!look.sender.is(ActorClass::Human) || &look.sender != &look.actor ||
            look.request().verdict != RequestVerdict::Allowed) {
            return std::nullopt;
        }
        const std::string key = row_key({look.observation.origin.cluster, look.user()});
        const int64_t now = look.time().time_since_epoch().count(), hour = hour_of(now);
        const LoginRow* known = rows_.find(key);
        if (look.is_own_network) {
            at_home(look, key, known, now, hour);
            return std::nullopt;
        }
        if (known == nullptr || hour - known->home_hour > kHour || known->home == look.network ||
            !audit::is_same_family(known->address, look.peer)) {
            return std::nullopt;
        }
        if (known->has_two) {
            const bool is_more = !known->is_unusual && known->other == look.network &&
                                 now - known->other_last <= kHour && is_unusual(look, *known);
            if (!is_more) return std::nullopt;
            LoginRow& row = rows_.change(key);
            row.is_unusual = true;
            return hit_of(look, row, {evidence_of(look.observation)});
        }
        LoginRow& row = rows_.change(key);
        if (row.other != look.network || now - row.other_last > kHour) {
            row.other = look.network;
            row.other_credential = look.sender.credential_id;
            row.returns = 0;
            row.is_unusual = false;
            row.evidence.clear();
        }
        row.is_unusual = row.is_unusual || is_unusual(look, row);
        row.other_address = look.peer;
        row.other_agent = std::string(audit::cut_utf8(look.event().user_agent, 256));
        row.other_last = now;
        row.is_other_last = true;
        if (row.evidence.size() < kEventsKept) row.evidence.push_back(evidence_of(look.observation));
        is_watched_ = true;
        return row.returns > 0 ? two_hands(look, row) : std::nullopt;
    }
    bool is_watched() const override { return is_watched_; }
    bool wants_all() const override { return is_watched_; }

    void load(const StateReader& state) override {
        rows_.load(state);
        mixed_.load(state);
    }
    void save(StateWriter& state) override {
        rows_.save(state);
        mixed_.save(state);
    }
    uint64_t evictions() const override { return rows_.evictions() + mixed_.evictions(); }

  private:
    // Something new to the person, or another client than at home.
    static bool is_unusual(const Look& look, const LoginRow& row) {
        return look.is_novel || look.client != row.client;
    }

    void at_home(const Look& look, const std::string& key, const LoginRow* known, int64_t now, int64_t hour) {
        const bool is_home = known != nullptr && known->home == look.network;
        const bool is_beside =
            is_home && !known->has_two && !known->other.empty() && now - known->other_last <= kHour;
        if (is_home && !is_beside && known->home_hour == hour) return;
        LoginRow& row = rows_.change(key);
        row.home = look.network;
        row.address = look.peer;
        row.client = look.client;
        row.home_hour = hour;
        if (!is_beside) return;
        is_watched_ = true;
        const bool is_another =
            !row.other_credential.empty() && row.other_credential != look.sender.credential_id;
        if (row.is_other_last && !is_another) ++row.returns;
        row.is_other_last = false;
    }

    std::optional<Hit> two_hands(const Look& look, LoginRow& row) {
        row.has_two = true;
        MixedRow& mixed = mixed_.change(look.observation.origin.cluster);
        const bool is_usual = mixed.names.size() >= kMany;
        const std::string name(look.user());
        if (!is_usual && std::find(mixed.names.begin(), mixed.names.end(), name) == mixed.names.end())
            mixed.names.push_back(name);
        std::vector<Evidence> evidence = std::move(row.evidence);
        row.evidence = {};
        if (is_usual || look.learning) {
            row.is_unusual = true;  // nothing more is told
            return std::nullopt;
        }
        return hit_of(look, row, std::move(evidence));
    }

    static Hit hit_of(const Look& look, const LoginRow& row, std::vector<Evidence> evidence) {
        Hit hit{.kind = "token-used-elsewhere",
                .title = "A login is used in two networks at once",
                .severity = row.is_unusual ? Severity::Medium : Severity::Low,
                .who = "the login of " + actor_words(look.sender),
                .what = "was used at " + name_words(row.other_address) + " and at " +
                        name_words(row.address) + " in turn, within an hour",
                .why = {"they long work from " + name_words(row.home) +
                        ", and never were in two networks at once"},
                .mitre = "T1550",
                .tactic = Tactic::CredentialAccess,
                .behaviour = "token"};
        hit.is_undecided = true;
        hit.culprit = actor_of(look.event());
        hit.culprit->source_ip = row.other_address;
        hit.culprit->user_agent = row.other_agent;
        hit.earlier = std::move(evidence);
        hit.reasons.push_back({"two-networks", hit.why.front(), row.other});
        return hit;
    }

    bool is_watched_ = false;
    BoundedTable<LoginRow> rows_{"unusual_access.logins", 10'000};        // cluster, user
    BoundedTable<MixedRow> mixed_{"unusual_access.mixed_logins", 1'000};  // cluster
};

}  // namespace

std::unique_ptr<NamedReason> make_two_networks() {
    return std::make_unique<TwoNetworks>();
}

}  // namespace redshank::access
