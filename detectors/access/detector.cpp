#include "detectors/access/detector.h"

#include <algorithm>
#include <array>
#include <boost/unordered/unordered_flat_set.hpp>
#include <unordered_set>

#include "audit/normalise/address_family.h"
#include "core/metric/evictions.h"
#include "core/request/verbs.h"
#include "detectors/access/explanation.h"
#include "detectors/access/last_access.h"
#include "detectors/access/learning.h"
#include "detectors/access/novelty.h"
#include "detectors/access/reasons.h"
#include "detectors/access/renamed.h"
#include "detectors/access/spending.h"
#include "detectors/access/started.h"
#include "detectors/access/story.h"
#include "detectors/access/suppression.h"
#include "detectors/detector_config.h"
#include "detectors/looking_around.h"

namespace redshank::access {

namespace {

// Gate, weigh, spend: parts in detectors/access/.
class UnusualAccess : public Detector {
  public:
    explicit UnusualAccess(const Config& config)
        : config_(config),
          last_access_(config_),
          novelty_(config_),
          learning_(config.learning, config.learning_candidates),
          spending_(config_),
          story_(config.story_gap),
          suppression_(config.suppress),
          explanations_(make_explanations(config_)),
          reasons_(make_reasons(config)) {}

    std::string_view name() const override { return "unusual_access"; }

    void observe(const Observation& observation, FindingBook& findings) override;
    void advance(audit::Time now, FindingBook& findings) override {
        for (const auto& one : explanations_) one->advance(now, findings);
    }
    void load(const StateReader& state) override;
    // The model keeps what it has learnt and the settings it learns with. Suppressions may change.
    void reload(const DetectorConfig& config) override {
        suppression_.configure(config.of<Config>().suppress);
    }
    void refresh(const StateReader& state) override { suppression_.read(state); }
    void save(StateWriter& state) override;
    void measure(MetricWriter& metrics) const override;

  private:
    // The key of a request in the cache of habits.
    struct Habitual {
        uint64_t kind;  // symbol
        uint64_t name;  // symbol of the object's name where it matters; else 1, or 0 when there is none
        bool operator==(const Habitual&) const = default;
    };
    struct HabitualHash {
        // No client chooses a symbol, so mixing is enough.
        size_t operator()(const Habitual& one) const {
            return (one.kind * 0x9e3779b97f4a7c15ULL ^ one.name) * 0xbf58476d1ce4e5b9ULL;
        }
    };

    Habitual habit_key(const Observation& observation);
    bool weigh(const Look& look, std::optional<Candidate>& candidate, FindingBook& findings);
    bool wants(std::string_view kind) const {
        return std::find(config_.disable.begin(), config_.disable.end(), kind) == config_.disable.end();
    }

    const Config config_;
    LastAccess last_access_;
    Renames renames_{"unusual_access"};
    Novelty novelty_;
    Learning learning_;
    Spending spending_;
    Story story_;
    Suppression suppression_;
    Webhooks webhooks_{"unusual_access.webhooks"};
    LookingAround looking_{"unusual_access.looking"};
    std::vector<std::unique_ptr<Explanation>> explanations_;
    std::vector<std::unique_ptr<NamedReason>> reasons_;

    // Requests of this hour that were habitual: nothing about them can change any state again before the hour
    // ends, so it is a cache and not part of the state.
    boost::unordered_flat_set<Habitual, HabitualHash> habitual_;
    std::unordered_set<std::string> disputed_;  // names of this hour's senders that it does not hold for
    SymbolTable<Interned> texts_{4096};         // names
    int64_t habitual_hour_ = 0;
    uint64_t habitual_evictions_ = 0;

    uint64_t suppressed_ = 0;
    audit::Time now_{};  // of the newest event
};

// Whether requests of the kind are like each other for all parts. Named reasons see the others each time, and
// look at more than the key (bodies, other annotations).
bool may_be_habitual(const Request& request) {
    const audit::Event& event = request.event;
    const bool asks_rights = event.object.resource.starts_with("selfsubject");
    const bool gives_rights = event.object.api_group == "rbac.authorization.k8s.io" && !is_read(event.verb);
    // Each by its name.
    const bool starts = StartedPods::is_start(event) && !request.actor.is(ActorClass::ControlPlane);
    return !is_refusal(request.verdict) && !asks_rights && !gives_rights && !event.is_impersonated &&
           !starts && !Webhooks::is_write(event);
}

UnusualAccess::Habitual UnusualAccess::habit_key(const Observation& observation) {
    const audit::Event& event = observation.event;
    const int64_t hour = event.stage_time.time_since_epoch() / std::chrono::hours{1};
    const uint64_t evictions = novelty_.evictions();
    const bool makes_namespace = event.object.resource == "namespaces" && event.created_object();
    if (hour != habitual_hour_ || evictions != habitual_evictions_ || makes_namespace ||
        habitual_.size() > 100'000 || disputed_.size() > 10'000) {
        habitual_.clear();
        disputed_.clear();
        habitual_hour_ = hour;
        habitual_evictions_ = evictions;
    }
    const std::string_view name = event.object.name;
    if (!is_judged_by_name(event.object)) return {observation.request.kind.symbol, name.empty() ? 0u : 1u};
    return {observation.request.kind.symbol, texts_.get(name, [] { return Interned(); }).symbol};
}

void UnusualAccess::observe(const Observation& observation, FindingBook& findings) {
    if (!observation.answers) return;
    const audit::Event& event = observation.event;
    texts_.release();
    learning_.see(observation.now);
    now_ = observation.now;

    Acquaintance before = last_access_.observe(observation, event.peer_ip());
    const bool looks_around = looking_.see(observation);
    if (const RenameRow* way = renames_.observe(observation)) tell_renamed(*way, observation, findings);
    const bool is_dormant =
        before.requests > 0 &&
        event.stage_time - audit::Time{audit::Duration{before.last}} > std::chrono::hours{1};
    const Habitual key = habit_key(observation);
    const bool is_disputed = !disputed_.empty() && disputed_.contains(observation.request.actor.name);
    if (!is_dormant && !is_disputed && habitual_.contains(key)) return;

    const Request& request = observation.request;
    // Who has a new name since everybody has one does what he did before.
    std::optional<Actor> renamed;
    if (const NamesRow::One* former = renames_.former(observation)) {
        renamed = request.doer();
        renamed->key = former->name.get();
        renamed->peers = former->peers.get();
        before.first = former->first;
        before.requests += former->minutes;
    }
    Look look{.observation = observation,
              .actor = renamed ? *renamed : request.doer(),
              .sender = request.actor,
              .peer = audit::without_mapping(event.peer_ip()),
              .network = request.peer.network,
              .client = request.agent.product,
              .before = before,
              .learning = learning_.is_on(observation.now)};
    if (event.object.present) look.action = action_from(request);
    if (Webhooks::is_write(event)) look.webhooks = webhooks_.see(observation).change;
    // A habit of its own: who renews certificates does not for that change what webhooks do.
    if (look.webhooks != Webhooks::Change::Other) look.action.key.insert(0, "certificate: ");
    look.looks_around = looks_around;
    look.is_first_use = novelty_.is_first_use(look);
    look.is_own_network = novelty_.is_own_network(look);
    look.has_been_admin = novelty_.has_been_admin(look);
    std::optional<Candidate> candidate;
    if (event.object.present && !event.user.username.empty() && !look.asks_for_another())
        candidate = novelty_.judge(look);
    look.is_novel = candidate.has_value();
    novelty_.note_binding(look);
    novelty_.note_start(look);
    novelty_.note_role(look);
    novelty_.note_certificate_request(look);
    novelty_.note_host(look);
    for (const auto& one : explanations_) {
        if (one->explains(look, novelty_, findings)) look.is_explained = true;
    }

    bool is_named = false;  // or wanted again
    bool is_all_wanted = false;
    for (const auto& reason : reasons_) {
        std::optional<Hit> hit = reason->observe(look);
        is_named = is_named || hit || reason->is_watched();
        look.is_disputed = look.is_disputed || reason->is_disputed();
        is_all_wanted = is_all_wanted || reason->wants_all();
        if (!hit || !wants(hit->kind)) continue;
        if (suppression_.covers(look, *hit)) {
            ++suppressed_;
            continue;
        }
        story_.tell(look, *hit, findings);
    }
    if (look.is_disputed || is_all_wanted) disputed_.insert(request.actor.name);
    const bool is_habit =
        !event.object.present || event.user.username.empty() || weigh(look, candidate, findings);
    if (is_habit && !is_named && may_be_habitual(request)) habitual_.insert(key);
}

// True when it was a habit.
bool UnusualAccess::weigh(const Look& look, std::optional<Candidate>& candidate, FindingBook& findings) {
    if (look.is_explained && candidate) {
        if (!look.action.refused) novelty_.learn(look);
        return false;
    }
    if (!candidate) {
        if (!look.asks_for_another()) novelty_.learn(look);
        return true;
    }
    const audit::Time now = look.observation.now;
    spending_.count_candidate(look);
    learning_.count_candidate();
    if (look.learning) {
        // The second half of the learning period shows what scores are usual here.
        if (learning_.is_half_over(now)) spending_.learn(look, *candidate);
        novelty_.learn(look, *candidate);
        return false;
    }
    const bool is_suppressed = suppression_.covers(look, candidate->hit);
    if (is_suppressed) ++suppressed_;
    if (is_suppressed || !wants("unusual-access")) {
        novelty_.learn(look, *candidate);
        return false;
    }
    const Novelty::Told told = novelty_.told(*candidate, now);
    if (told != Novelty::Told::Never) {
        if (told == Novelty::Told::Recurs) novelty_.learn(look);
        if (story_.is_open(look)) story_.tell(look, candidate->hit, findings);
        return false;
    }
    spending_.decide(look, *candidate, novelty_, story_, findings);
    return false;
}

void UnusualAccess::load(const StateReader& state) {
    last_access_.load(state);
    renames_.load(state);
    novelty_.load(state);
    story_.load(state);
    spending_.load(state);
    suppression_.load(state);
    webhooks_.load(state);
    looking_.load(state);
    load_row(state, kModel, "learning", learning_);
    for (const auto& one : explanations_) one->load(state);
    for (const auto& reason : reasons_) reason->load(state);
}

void UnusualAccess::save(StateWriter& state) {
    last_access_.save(state);
    renames_.save(state);
    novelty_.save(state);
    story_.save(state);
    spending_.save(state);
    suppression_.save(state);
    webhooks_.save(state);
    looking_.save(state);
    state.put(kModel, "learning", write_row(learning_));
    for (const auto& one : explanations_) one->save(state);
    for (const auto& reason : reasons_) reason->save(state);
}

constexpr Metric kLearning{
    "redshank_unusual_access_learning_progress", Metric::Gauge, "",
    "How far the detector has learnt what is usual, 0 to 1; 1: learning is over. The least of all clusters.",
    true};
constexpr Metric kSuppressed{"redshank_unusual_access_suppressed_total", Metric::Counter, "",
                             "Novelties that a suppression covers."};
constexpr Metric kSuppressionsSeries{
    "redshank_unusual_access_suppressions", Metric::Gauge, "state",
    "Suppressions in force, by where they come from (config, command), and those that ran out (expired)."};
constexpr Metric kHabits{"redshank_unusual_access_habits", Metric::Gauge, "",
                         "Habits known: who does what where."};
constexpr Metric kLastAccessSeries{"redshank_last_access_rows", Metric::Gauge, "",
                                   "Rows of redshank last-access."};

void UnusualAccess::measure(MetricWriter& metrics) const {
    metrics.set(kLearning, {}, learning_.progress());
    spending_.measure(metrics, now_);
    metrics.set(kSuppressed, {}, suppressed_);
    const Suppression::Counts said = suppression_.counts(now_);
    metrics.set(kSuppressionsSeries, {{"state", "config"}}, said.config);
    metrics.set(kSuppressionsSeries, {{"state", "command"}}, said.command);
    metrics.set(kSuppressionsSeries, {{"state", "expired"}}, said.expired);
    metrics.set(kHabits, {}, novelty_.cells());
    metrics.set(kLastAccessSeries, {}, last_access_.rows());
    count_evictions(metrics, "last_access", last_access_.evictions());
    count_evictions(metrics, "habits", novelty_.evictions());
    count_evictions(metrics, "stories", story_.evictions());
    count_evictions(metrics, "names", renames_.evictions());
    uint64_t by_reasons = webhooks_.evictions() + looking_.evictions();
    for (const auto& one : explanations_) by_reasons += one->evictions();
    for (const auto& reason : reasons_) by_reasons += reason->evictions();
    count_evictions(metrics, "access_reasons", by_reasons);
}

}  // namespace

bool is_kind(std::string_view kind) {
    static constexpr std::array<std::string_view, 14> kKinds{
        "unusual-access",     "budget-spent",
        "rights-missing",     "identity-dormant-returned",
        "impersonation-new",  "impersonation-refused",
        "refusal-burst",      "permission-enumeration",
        "credential-changed", "token-used-elsewhere",
        "credential-refused", "credential-found",
        "anonymous-success",  "off-hours"};
    return std::find(kKinds.begin(), kKinds.end(), kind) != kKinds.end();
}

std::unique_ptr<Detector> make_detector(const Config& config) {
    return std::make_unique<UnusualAccess>(config);
}

}  // namespace redshank::access
