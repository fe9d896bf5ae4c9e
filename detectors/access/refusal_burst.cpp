#include <algorithm>

#include "audit/fnv.h"
#include "audit/normalise/source.h"
#include "audit/request_uri.h"
#include "core/finding/sentence.h"
#include "core/request/words.h"
#include "core/state/bounded_table.h"
#include "core/state/key.h"
#include "detectors/access/reasons.h"

namespace redshank::access {

namespace {

constexpr audit::Duration kBurst = std::chrono::minutes{10}, kSlow = std::chrono::days{3};
constexpr size_t kBurstPaths = 10;  // distinct refused requests: retries of one are no burst
constexpr size_t kSlowKinds = 4;    // distinct sensitive requests refused over days
constexpr size_t kRefusals = 64;

// The refused requests of one actor, each once, newest last.
struct Refusals {
    struct One {
        uint64_t path = 0;  // hash
        std::string thing;  // "list secrets in shop"; "" for what is not sensitive
        int64_t time = 0;
        bool is_look = false;  // see Look::opens_a_dashboard()
    };
    std::vector<One> all;
    int64_t told = 0;  // when a finding was opened last
};
template <class V>
void describe(V& v, Refusals::One& row) {
    v.as_array();
    v.must("path", row.path);
    v.must("thing", row.thing);
    v.must("time", row.time);
    v("is_look", row.is_look);
}
template <class V>
void describe(V& v, Refusals& row) {
    v("told", row.told);
    v.must("all", row.all);
}
auto worth(const Refusals& row) {
    return std::pair(row.all.size() > 2, row.all.empty() ? 0 : row.all.back().time);
}

// Someone probes for rights: many different requests are refused within minutes, or a few different sensitive
// ones over days. A misconfigured account that repeats one request for ever causes neither.
class RefusalBurst : public NamedReason {
  public:
    std::optional<Hit> observe(const Look& look) override {
        const audit::Event& event = look.event();
        // A 401 is no probe by a known caller.
        if (look.request().verdict != RequestVerdict::Forbidden || look.actor.name.empty() ||
            look.is_explained)
            return std::nullopt;

        std::string key = row_key({look.observation.origin.cluster, look.user()});
        if (look.actor.is(ActorClass::Anonymous)) key = row_key({key, audit::source_caller(look.peer)});

        std::string path(event.verb);
        path.append(" ").append(audit::uri_path(event.request_uri));
        const uint64_t hash = audit::fnv1a(path);
        const int64_t now = event.stage_time.time_since_epoch().count();
        Refusals& refusals = rows_.change(key);
        const auto known = std::find_if(refusals.all.begin(), refusals.all.end(),
                                        [&](const Refusals::One& one) { return one.path == hash; });
        const bool is_new = known == refusals.all.end();
        Refusals::One one{hash, "", now, look.opens_a_dashboard()};
        // A request that was refused during learning is misconfigured, and does not count later.
        if (look.action.weight > 0 && !look.learning)
            one.thing = look.action.phrase + " in " + look.action.scope;
        if (!is_new) {
            one.thing = known->thing;
            one.time = std::max(now, known->time);
            one.is_look = one.is_look && known->is_look;
            refusals.all.erase(known);
        }
        refusals.all.push_back(std::move(one));
        const int64_t oldest = now - kSlow.count();
        std::erase_if(refusals.all, [&](const Refusals::One& entry) { return entry.time < oldest; });
        if (refusals.all.size() > kRefusals) refusals.all.erase(refusals.all.begin());

        const bool goes_on = refusals.told != 0 && now - refusals.told < kBurst.count();
        const std::optional<Hit> hit = judge(look, refusals, now);
        if (!hit || (!is_new && !goes_on)) return std::nullopt;
        refusals.told = now;
        return hit;
    }

    void load(const StateReader& state) override { rows_.load(state); }
    void save(StateWriter& state) override { rows_.save(state); }
    uint64_t evictions() const override { return rows_.evictions(); }

  private:
    static std::optional<Hit> judge(const Look& look, const Refusals& refusals, int64_t now) {
        size_t burst = 0;
        bool is_look = true;  // all that counts
        std::vector<std::string_view> things;
        for (const Refusals::One& one : refusals.all) {
            const bool is_recent = one.time > now - kBurst.count();
            burst += is_recent ? 1 : 0;
            if (is_recent || !one.thing.empty()) is_look = is_look && one.is_look;
            if (!one.thing.empty() && std::find(things.begin(), things.end(), one.thing) == things.end()) {
                things.emplace_back(one.thing);
            }
        }
        const bool is_burst = burst >= kBurstPaths, is_slow = things.size() >= kSlowKinds && !look.learning;
        if (!is_burst && !is_slow) return std::nullopt;
        const std::string text =
            is_burst ? counted(burst, "different request") + " in 10 min"
                     : counted(things.size(), "different sensitive request") + " within 3 days";
        // A dashboard that is refused has nothing either; whatever its person does next counts as ever. Who
        // has long had all rights, and is where he always is, has lost them and notices it.
        // Scanners of the internet ask every server for its Secrets. Refused they have nothing; what they get
        // is told by anonymous-success.
        const bool is_scan = look.actor.is(ActorClass::Anonymous) && audit::is_public(look.peer);
        Hit hit{.kind = "refusal-burst",
                .title = "An account tries one door after the other",
                .severity = is_look || look.has_been_admin            ? Severity::Low
                            : is_scan || (is_burst && things.empty()) ? Severity::Medium
                                                                      : Severity::High,
                .what = outcome_words(look.request()),
                .headline = "was refused " + text + ", the last one to " + wish_words(look.request()),
                .mitre = "T1613",
                .tactic = Tactic::Discovery,
                .behaviour = "refusals"};
        hit.is_scan = is_scan;
        hit.is_refused = true;
        hit.is_idle = look.has_been_admin;
        if (is_scan) hit.title = "The API server is scanned from the internet";
        hit.reasons.push_back(
            {"refusals", text + " were refused", std::to_string(is_burst ? burst : things.size())});
        return hit;
    }

    BoundedTable<Refusals> rows_{"unusual_access.refusals", 10'000};
};

}  // namespace

std::unique_ptr<NamedReason> make_refusal_burst() {
    return std::make_unique<RefusalBurst>();
}

}  // namespace redshank::access
