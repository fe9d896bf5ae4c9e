#include <algorithm>

#include "audit/fnv.h"
#include "audit/normalise/source.h"
#include "audit/request_uri.h"
#include "audit/time.h"
#include "core/finding/sentence.h"
#include "core/request/names.h"
#include "core/request/words.h"
#include "core/state/bounded_table.h"
#include "core/state/key.h"
#include "core/state/shared_text.h"
#include "detectors/access/reasons.h"
#include "detectors/hour.h"

namespace redshank::access {

namespace {

constexpr int64_t kFew = 6;         // fewer 401s are not reported, since one expired request means nothing
constexpr int64_t kManyTries = 20;  // so many are no expired session of a person
constexpr size_t kManyPaths = 10;   // different ones: no program that repeats what it always asks
constexpr size_t kMostPaths = 16;

// The last accepted user of each address.
struct Accepted {
    int64_t first = 0, last = 0;  // microseconds; last: begin of the hour
    SharedText user, client;
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
    std::vector<uint64_t> paths;  // hashes of the first different ones
    bool is_mixed = false;        // not lists and watches alone, as a program's informers make them
};
template <class V>
void describe(V& v, Tries& row) {
    v.as_array();
    v.must("first", row.first);
    v.must("last", row.last);
    v.must("count", row.count);
    v("paths", row.paths);
    v("is_mixed", row.is_mixed);
}
auto worth(const Tries& row) {
    return std::pair(row.count >= kFew, row.last);
}

// A 401 means a credential that the server does not accept (without any, a caller is system:anonymous):
// mostly an expired one of a program that is known at this address with this client. Attempts from an address
// without known users that finally succeed mean that someone found a credential. A Pod that sends it to many
// different paths looks for one that opens.
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
        inside_.load(state);
    }
    void save(StateWriter& state) override {
        accepted_.save(state);
        clients_.save(state);
        tries_.save(state);
        inside_.save(state);
    }
    uint64_t evictions() const override {
        return accepted_.evictions() + clients_.evictions() + tries_.evictions() + inside_.evictions();
    }

  private:
    std::optional<Hit> refused(const Look& look, const std::string& key) {
        const int64_t now = look.time().time_since_epoch().count();
        Tries& tries = tries_.change(key);
        if (now - tries.last > kHour) tries = {};
        if (tries.count == 0) tries.first = now;
        tries.last = std::max(tries.last, now);
        note_path(look, tries);
        if (++tries.count < kFew) return std::nullopt;

        const Accepted* known = accepted_.find(key);
        if (tries.paths.size() >= kManyPaths && is_inside(look, known) && !is_programs(look, tries, known))
            return scan(look, tries, known);
        std::string because = "nobody was seen there before";
        if (known != nullptr) {
            const std::string hour =
                moment_words(audit::Time{audit::Duration{known->last}}).substr(0, 13) + ":00 UTC";
            because = "until " + hour + " it was " + user_words(known->user.get()) +
                      (known->client.get() == look.client
                           ? ", whose credential has probably expired"
                           : " with another client, " + name_words(known->client.get()));
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

    static void note_path(const Look& look, Tries& tries) {
        const std::string_view verb = look.event().verb;
        tries.is_mixed = tries.is_mixed || (verb != "list" && verb != "watch");
        const uint64_t path =
            audit::fnv1a(std::string(verb).append(" ").append(audit::uri_path(look.event().request_uri)));
        const bool is_new = std::find(tries.paths.begin(), tries.paths.end(), path) == tries.paths.end();
        if (is_new && tries.paths.size() < kMostPaths) tries.paths.push_back(path);
    }

    // A private address in a network of Pods or nodes, or the address of one.
    bool is_inside(const Look& look, const Accepted* known) const {
        const bool is_machines = known != nullptr && known->user.get().starts_with(kReservedPrefix);
        return (is_machines || !audit::is_public(look.peer)) &&
               inside_.contains(row_key({look.observation.origin.cluster, look.network}));
    }

    // The client that was accepted there; or one that accounts have, with nothing but lists and watches: a
    // program whose credential has expired, or that has just started with a wrong one.
    bool is_programs(const Look& look, const Tries& tries, const Accepted* known) const {
        if (known != nullptr && known->client.get() == look.client) return true;
        return !tries.is_mixed &&
               clients_.contains(row_key({look.observation.origin.cluster, "", look.client}));
    }

    static Hit scan(const Look& look, const Tries& tries, const Accepted* known) {
        Hit hit{.kind = "credential-refused",
                .title = "A Pod tries many doors with a credential that is not accepted",
                .severity = Severity::Medium,
                .who = "a caller at " + name_words(look.peer) + " with " + name_words(look.client),
                .what = "sent a credential that the server does not accept to " +
                        counted(tries.paths.size(), "different path"),
                .why = {known == nullptr ? "Pods or nodes are in that network"
                                         : "it was the address of " + user_words(known->user.get())},
                .mitre = "T1613",
                .tactic = Tactic::Discovery,
                .behaviour = "401"};
        hit.headline = hit.what;
        hit.about = std::string(look.peer);
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
        note(accepted_, key, look);
        note(clients_, client_key(look), look);
        const std::string_view cluster = look.observation.origin.cluster;
        const bool is_node = look.sender.is(ActorClass::Node);
        if (is_node || look.sender.credential == Credential::PodToken)
            note(inside_, row_key({cluster, look.network}), look);
        if (is_node || look.sender.is(ActorClass::ServiceAccount))
            note(clients_, row_key({cluster, "", look.client}), look);
    }
    static void note(BoundedTable<Accepted>& table, const std::string& key, const Look& look) {
        const int64_t now = look.time().time_since_epoch().count(), hour = hour_of(now);
        const auto known = table.find_handle(key);
        if (known && known.row().last >= hour) return;  // once an hour, whatever repeats
        Accepted& row = table.change(known, key);
        if (row.first == 0) row.first = now;
        row.last = std::max(row.last, hour);
        row.user = look.event().user.username;
        row.client = look.client;
    }
    static std::string client_key(const Look& look) {
        return row_key({look.observation.origin.cluster, look.event().user.username, look.client});
    }

    BoundedTable<Accepted> accepted_{"unusual_access.addresses", 20'000};  // cluster, address
    // Cluster, user, client; and without a user, of any account or node.
    BoundedTable<Accepted> clients_{"unusual_access.client_users", 20'000};
    // Cluster, network of Pods and nodes.
    BoundedTable<Accepted> inside_{"unusual_access.inside_networks", 5'000};
    BoundedTable<Tries> tries_{"unusual_access.tries", 10'000};  // cluster, address
};

}  // namespace

std::unique_ptr<NamedReason> make_unknown_credential() {
    return std::make_unique<UnknownCredential>();
}

}  // namespace redshank::access
