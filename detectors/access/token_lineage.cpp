#include "core/state/bounded_table.h"
#include "detectors/access/habit.h"
#include "detectors/access/reasons.h"

namespace redshank::access {

namespace {

// Where a token belongs: where it was asked for, or where its pod first used it.
struct Home {
    std::string network, client, minter;  // minter "" for a pod's own token
    int64_t last = 0, elsewhere = 0;      // elsewhere: used away from home (1: seen, it is counted once)
};
template <class V>
void describe(V& v, Home& row) {
    v.as_array();
    v.must("network", row.network);
    v.must("client", row.client);
    v.must("minter", row.minter);
    v.must("last", row.last);
    v.must("elsewhere", row.elsewhere);
}
int64_t worth(const Home& row) {
    return row.last;
}

// Follows tokens from where they were made to where they are used. A TokenRequest's own event names the
// credential it issued (annotation authentication.kubernetes.io/issued-credential-id); later requests carry
// the same ID.
class TokenLineage : public NamedReason {
  public:
    std::optional<Hit> observe(const Look& look) override {
        const audit::Event& event = look.event();
        const std::string_view issued = event.annotation("authentication.kubernetes.io/issued-credential-id");
        const int64_t now = look.time().time_since_epoch().count();
        const bool by_machine = look.actor.is(ActorClass::Node) || look.actor.is(ActorClass::ControlPlane);
        if (!issued.empty() && !by_machine && event.succeeded()) {
            Home& home = homes_.change(issued);
            home = {look.network, look.client, look.actor.key, now, 0};
        }
        if (!look.actor.is(ActorClass::ServiceAccount)) return std::nullopt;

        const std::string_view pod = event.user.extra_value("authentication.kubernetes.io/pod-uid");
        const std::string_view id = pod.empty() ? std::string_view(look.actor.credential_id) : pod;
        if (id.empty()) return std::nullopt;
        const Home* known = homes_.find(id);
        if (known == nullptr) {
            if (!pod.empty()) homes_.change(id) = {look.network, look.client, "", now, 0};
            return std::nullopt;
        }
        return known->minter.empty() ? pods_own(look, *known) : minted(look, id, *known);
    }

    void load(const StateReader& state) override {
        homes_.load(state);
        habits_.load(state);
    }
    void save(StateWriter& state) override {
        homes_.save(state);
        habits_.save(state);
    }
    uint64_t evictions() const override { return homes_.evictions() + habits_.evictions(); }

  private:
    static Hit hit_of(const Look& look, std::string because) {
        Hit hit{.kind = "token-used-elsewhere",
                .title = "A token is used where it does not belong",
                .severity = Severity::High,
                .what = "came with that token and did: " + look.action.phrase,
                .because = std::move(because),
                .mitre = "T1550.001",
                .tactic = look.action.weight > 0 ? look.action.tactic : Tactic::CredentialAccess,
                .behaviour = "token"};
        hit.reasons.push_back({"token-home", hit.because, look.network});
        return hit;
    }

    // A new network alone is a new NAT gateway; a new client alone a second container of the pod.
    static std::optional<Hit> pods_own(const Look& look, const Home& home) {
        if (look.network == home.network || look.client == home.client) return std::nullopt;
        return hit_of(look, "its pod uses it from " + home.network + " with " + home.client + ", not from " +
                                look.network + " with " + look.client);
    }

    std::optional<Hit> minted(const Look& look, std::string_view id, const Home& home) {
        if (look.network == home.network) return std::nullopt;
        // Some accounts make tokens for others all the time.
        const HabitCell* habit = habits_.find(home.minter);
        const bool is_habit = habit != nullptr && habit->count >= 3;
        const std::string because = "it was asked for by " + home.minter + " from " + home.network +
                                    ", and is used from " + look.network + " with " + look.client;
        if (home.elsewhere == 0) {
            const std::string minter = home.minter;
            homes_.change(id).elsewhere = 1;
            HabitCell& cell = habits_.change(minter);
            ++cell.count;
            cell.last = look.time().time_since_epoch().count();
        }
        if (is_habit || look.learning) return std::nullopt;
        return hit_of(look, because);
    }

    BoundedTable<Home> homes_{"unusual_access.token_homes", 50'000};
    BoundedTable<HabitCell> habits_{"unusual_access.token_makers", 5'000};  // minter → tokens used elsewhere
};

}  // namespace

std::unique_ptr<NamedReason> make_token_lineage() {
    return std::make_unique<TokenLineage>();
}

}  // namespace redshank::access
