#include "audit/time.h"
#include "core/finding/sentence.h"
#include "core/request/words.h"
#include "core/state/bounded_table.h"
#include "core/state/key.h"
#include "detectors/access/reasons.h"
#include "detectors/hour.h"

namespace redshank::access {

namespace {

constexpr int64_t kFew = 6;         // fewer 401s are not reported, since one expired request means nothing
constexpr int64_t kManyTries = 20;  // so many are no expired session of a person

// The last accepted user of each address.
struct Accepted {
    int64_t first = 0, last = 0;  // microseconds; last: begin of the hour
    std::string user, client;
};
template <class V>
void describe(V& v, Accepted& row) {
    v.as_array();
    v.must("first", row.first);
    v.must("last", row.last);
    v.must("user", row.user);
    v.must("client", row.client);
}
int64_t worth(const Accepted& row) {
    return row.last;
}

// 401s from one address, until an hour without any.
struct Tries {
    int64_t first = 0, last = 0, count = 0;
};
template <class V>
void describe(V& v, Tries& row) {
    v.as_array();
    v.must("first", row.first);
    v.must("last", row.last);
    v.must("count", row.count);
}
auto worth(const Tries& row) {
    return std::pair(row.count >= kFew, row.last);
}

// A 401 means a credential that the server does not accept (without any, a caller is system:anonymous):
// mostly an expired one of a program that is known at this address with this client. Attempts from an address
// without known users that finally succeed mean that someone found a credential.
class UnknownCredential : public NamedReason {
  public:
    std::optional<Hit> observe(const Look& look) override {
        const std::string key = row_key({look.observation.origin.cluster, look.peer});
        if (look.request().verdict == RequestVerdict::Unauthenticated) return refused(look, key);
        if (look.sender.is_nobody() || !look.event().succeeded()) return std::nullopt;
        std::optional<Hit> hit = found(look, key);
        learn(look, key);
        return hit;
    }

    void load(const StateReader& state) override {
        accepted_.load(state);
        clients_.load(state);
        tries_.load(state);
    }
    void save(StateWriter& state) override {
        accepted_.save(state);
        clients_.save(state);
        tries_.save(state);
    }
    uint64_t evictions() const override {
        return accepted_.evictions() + clients_.evictions() + tries_.evictions();
    }

  private:
    std::optional<Hit> refused(const Look& look, const std::string& key) {
        const int64_t now = look.time().time_since_epoch().count();
        Tries& tries = tries_.change(key);
        if (now - tries.last > kHour) tries = {};
        if (tries.count == 0) tries.first = now;
        tries.last = std::max(tries.last, now);
        if (++tries.count < kFew) return std::nullopt;

        const Accepted* known = accepted_.find(key);
        std::string because = "nobody was seen there before";
        if (known != nullptr) {
            const std::string hour =
                moment_words(audit::Time{audit::Duration{known->last}}).substr(0, 13) + ":00 UTC";
            because = "until " + hour + " it was " + user_words(known->user) +
                      (known->client == look.client ? ", whose credential has probably expired"
                                                    : " with another client, " + name_words(known->client));
        }
        Hit hit{.kind = "credential-refused",
                .title = "A credential that the server does not accept",
                .severity = Severity::Low,
                .who = "a caller at " + name_words(look.peer) + " with " + name_words(look.client),
                .what = "sent a credential that the server does not accept",
                .why = {std::move(because)},
                .mitre = "T1078",
                .tactic = Tactic::None,
                .behaviour = "401"};
        // Attempts by strangers are one finding about the API server.
        hit.about = known == nullptr ? "strangers" : std::string(look.peer);
        hit.reasons.push_back({"unknown-credential", hit.why.front(), look.client});
        return hit;
    }

    std::optional<Hit> found(const Look& look, const std::string& key) {
        const Tries* tries = tries_.find(key);
        const int64_t now = look.time().time_since_epoch().count();
        if (tries == nullptr || tries->count < kFew || now - tries->last > kHour) return std::nullopt;
        const Accepted* known = accepted_.find(key);
        const bool is_stranger = known == nullptr || known->first >= tries->first;
        // A person's session ran out, and he logs in anew: with the client that he always has.
        const bool is_renewed = clients_.contains(client_key(look)) && tries->count < kManyTries;
        const std::string count = std::to_string(tries->count);
        tries_.erase(key);
        if (!is_stranger || is_renewed) return std::nullopt;
        Hit hit{.kind = "credential-found",
                .title = "Somebody tried credentials until one was accepted",
                .severity = look.action.weight >= 2 ? Severity::High : Severity::Medium,
                .what = "came in from " + name_words(look.peer) + " after " + count +
                        " credentials that the server does not accept, and " + outcome_words(look.request()),
                .why = {"nobody was seen at that address before"},
                .mitre = "T1110",
                .tactic = Tactic::CredentialAccess,
                .behaviour = "401"};
        hit.reasons.push_back(
            {"credential-found", count + " refused credentials came from there just before", count});
        return hit;
    }

    void learn(const Look& look, const std::string& key) {
        const int64_t now = look.time().time_since_epoch().count(), hour = hour_of(now);
        const std::string_view user = look.event().user.username;
        for (auto* table : {&accepted_, &clients_}) {
            const std::string at = table == &accepted_ ? key : client_key(look);
            const Accepted* old = table->find(at);
            if (old != nullptr && old->last >= hour) continue;  // once an hour, whatever repeats
            Accepted& row = table->change(at);
            if (row.first == 0) row.first = now;
            row.last = std::max(row.last, hour);
            row.user = user;
            row.client = look.client;
        }
    }
    static std::string client_key(const Look& look) {
        return row_key({look.observation.origin.cluster, look.event().user.username, look.client});
    }

    BoundedTable<Accepted> accepted_{"unusual_access.addresses", 20'000};    // cluster, address
    BoundedTable<Accepted> clients_{"unusual_access.client_users", 20'000};  // cluster, user, client
    BoundedTable<Tries> tries_{"unusual_access.tries", 10'000};              // cluster, address
};

}  // namespace

std::unique_ptr<NamedReason> make_unknown_credential() {
    return std::make_unique<UnknownCredential>();
}

}  // namespace redshank::access
