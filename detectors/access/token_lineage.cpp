#include "core/request/words.h"
#include "core/state/bounded_table.h"
#include "detectors/access/habit.h"
#include "detectors/access/pod_tokens.h"
#include "detectors/access/reasons.h"

namespace redshank::access {

namespace {

// The place where a requested token belongs: that of the request.
struct Home {
    std::string network, client, minter;
    int64_t last = 0, elsewhere = 0;  // elsewhere: used away from home (1: seen, it is counted once)
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
        const bool by_machine = look.sender.is(ActorClass::Node) || look.sender.is(ActorClass::ControlPlane);
        if (!issued.empty() && !by_machine && event.succeeded()) {
            Home& home = homes_.change(issued);
            home = {look.network, look.client, look.sender.key, now, 0};
        }
        verdict_ = {};
        if (look.sender.is(ActorClass::Node)) pods_.learn_node(look);
        if (!look.sender.is(ActorClass::ServiceAccount)) return std::nullopt;

        const std::string_view pod = event.user.extra_value("authentication.kubernetes.io/pod-uid");
        if (!pod.empty()) {
            verdict_ = pods_.see(look, pod);
            return verdict_.culprit == nullptr ? std::nullopt : std::optional(pods_own(look));
        }
        const std::string_view id = look.sender.credential_id;
        const Home* known = id.empty() ? nullptr : homes_.find(id);
        if (known == nullptr || known->minter.empty()) {
            pods_.learn(look);
            return std::nullopt;
        }
        return minted(look, id, *known);
    }
    bool is_disputed() const override { return verdict_.is_disputed; }
    bool is_watched() const override { return verdict_.is_watched; }

    void load(const StateReader& state) override {
        pods_.load(state);
        homes_.load(state);
        habits_.load(state);
    }
    void save(StateWriter& state) override {
        pods_.save(state);
        homes_.save(state);
        habits_.save(state);
    }
    uint64_t evictions() const override {
        return pods_.evictions() + homes_.evictions() + habits_.evictions();
    }

  private:
    // "was used by curl at 192.0.2.8, which listed all Secrets in pay".
    static std::string elsewhere(std::string_view address, std::string_view client, const std::string& deed) {
        return "was used by " + name_words(client.empty() ? "a program" : client) + " at " +
               name_words(address) + ", which " + deed;
    }

    static Hit hit_of(const Look& look, std::string because) {
        const std::string deed = outcome_words(look.request());
        Hit hit{.kind = "token-used-elsewhere",
                .title = "A token is used where it does not belong",
                .severity = Severity::High,
                .who = "the token of " + actor_words(look.sender),
                .what = elsewhere(look.peer, look.client, deed),
                .why = {std::move(because)},
                .mitre = "T1550.001",
                .tactic = look.action.weight > 0 ? look.action.tactic : Tactic::CredentialAccess,
                .behaviour = "token"};
        hit.reasons.push_back({"token-home", hit.why.front(), look.network});
        return hit;
    }

    // What is known about the place of the finding, which is that of this request or of an earlier one.
    Hit pods_own(const Look& look) const {
        const TokenPlace& culprit = *verdict_.culprit;
        const auto place = [](const TokenPlace* where) {
            return where == nullptr ? std::string()
                                    : name_words(where->address) + " with " + name_words(where->client);
        };
        std::string because = "its Pod uses it from " + place(verdict_.other);
        if (verdict_.is_unclear) {
            because = "it is used from " + place(verdict_.other) + " as well, and either may be its Pod";
        } else if (verdict_.other == nullptr) {
            because =
                "its Pod was never seen, and nothing of the cluster was ever seen in that public network";
        }
        Hit hit = hit_of(look, because);
        hit.is_undecided = verdict_.is_unclear;
        if (verdict_.is_unclear) hit.title = "A token is used in two places";
        if (look.peer != culprit.address) {
            hit.culprit = actor_of(look.event());
            hit.culprit->source_ip = culprit.address;
            hit.culprit->user_agent = culprit.agent;
            hit.what = elsewhere(culprit.address, culprit.client, culprit.deed);
            hit.tactic = culprit.weight > 0 ? culprit.tactic : Tactic::CredentialAccess;
        }
        if (!verdict_.is_new) return hit;
        for (const Evidence& event : culprit.evidence) {
            const Origin& origin = look.observation.origin;
            if (event.offset != origin.offset || event.source != origin.source) hit.earlier.push_back(event);
        }
        return hit;
    }

    std::optional<Hit> minted(const Look& look, std::string_view id, const Home& home) {
        if (look.network == home.network) return std::nullopt;
        // Some accounts make tokens for others all the time.
        const HabitCell* habit = habits_.find(home.minter);
        const bool is_habit = habit != nullptr && habit->count >= 3;
        if (home.elsewhere == 0) {
            const std::string minter = home.minter;
            homes_.change(id).elsewhere = 1;
            HabitCell& cell = habits_.change(minter);
            ++cell.count;
            cell.last = look.time().time_since_epoch().count();
        }
        if (is_habit || look.learning) return std::nullopt;
        return hit_of(look, "it was given to " + user_words(home.minter) + " at " + name_words(home.network));
    }

    PodTokens pods_;
    PodTokens::Verdict verdict_;  // of the last request; its places are read during observe() only
    BoundedTable<Home> homes_{"unusual_access.token_homes", 50'000};
    BoundedTable<HabitCell> habits_{"unusual_access.token_makers", 5'000};  // minter → tokens used elsewhere
};

}  // namespace

std::unique_ptr<NamedReason> make_token_lineage() {
    return std::make_unique<TokenLineage>();
}

}  // namespace redshank::access
