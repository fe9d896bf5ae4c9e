#include "detectors/access/spending.h"

#include <algorithm>
#include <cstdio>

#include "core/finding/sentence.h"
#include "core/metric/evictions.h"

namespace redshank::access {

namespace {

constexpr double kHigh = 14;     // bits
constexpr size_t kOnTheWay = 3;  // Secrets

// People, service accounts, and the rest (nodes, the control plane) have a share of the budget each: a busy
// class must not use up the silence of another.
constexpr std::array<std::string_view, 3> kShareNames{"people", "accounts", "machines"};
constexpr std::array<double, 3> kShares{0.5, 1.0 / 3, 1.0 / 6};

std::string one_decimal(double number) {
    char text[32];
    std::snprintf(text, sizeof text, "%.1f", number);
    return text;
}

constexpr Metric kCandidates{
    "redshank_unusual_access_candidates_total", Metric::Counter, "actors",
    "Novelties that were weighed, by who acted (people, accounts, machines): they are told or digested."};
constexpr Metric kTold{"redshank_unusual_access_told_total", Metric::Counter, "actors",
                       "Novelties that became a finding."};
constexpr Metric kDigested{"redshank_unusual_access_digested_total", Metric::Counter, "actors",
                           "Novelties that were too small for a finding; redshank digest lists them."};
constexpr Metric kHeldBack{"redshank_unusual_access_held_back_total", Metric::Counter, "actors",
                           "Novelties that the day's spent budget kept from being told."};
constexpr Metric kRate{"redshank_unusual_access_told_last_day", Metric::Gauge, "actors",
                       "Findings that were paid from the budget in the last day."};

}  // namespace

Spending::Spending(const Config& config) : per_day_(config.budget_per_day), min_bits_(config.min_bits) {
    for (size_t i = 0; i < shares_.size(); ++i) shares_[i] = Share(per_day_ * kShares[i]);
}

size_t Spending::share_of(const Look& look) {
    if (look.actor.is(ActorClass::Human)) return 0;
    return look.actor.is(ActorClass::ServiceAccount) ? 1 : 2;
}

void Spending::learn(const Look& look, const Candidate& candidate) {
    history_[share_of(look)].add(candidate.bits, look.observation.now);
}

void Spending::describe_score(Candidate& candidate, double per_day, double raised) const {
    const std::string bits = one_decimal(candidate.bits) + " bits", often = rate_words(per_day);
    const std::string every = per_day <= 0    ? "nothing so unusual was seen here before"
                              : often.empty() ? ""
                                              : "something so unusual is seen here " + often;
    const auto add = [&](std::string_view name, const std::string& text, const std::string& value) {
        candidate.hit.reasons.push_back({std::string(name), text, value});
        candidate.hit.why.push_back(text);
    };
    if (!every.empty()) add("score", every, bits);
    if (raised > 0)
        add("held-back-before", "more of this account was held back before", one_decimal(raised) + " bits");
}

void Spending::decide(const Look& look, Candidate& candidate, Novelty& novelty, Story& story,
                      FindingBook& findings) {
    const audit::Time now = look.observation.now;
    const size_t share = share_of(look);
    ScoreHistory& history = history_[share];
    history.start(now);
    const double raised = candidate.bits > 0 ? held_.raise(look, candidate) : 0;
    candidate.bits += raised;
    const double per_day = history.rate_per_day(candidate.bits, now);
    const bool is_high = candidate.bits >= kHigh;
    const bool is_rare = is_high || held_.owes(look, candidate) ||
                         (candidate.bits >= min_bits_ && per_day < per_day_ * kShares[share]);
    const std::string& installer = candidate.hit.part_of;
    const bool is_part = !installer.empty() && story.is_open(look, installer);
    // What a list of all Secrets may lead to.
    const bool follows = (candidate.hit.tactic == Tactic::CredentialAccess ||
                          candidate.hit.tactic == Tactic::PrivilegeEscalation) &&
                         !candidate.is_slight && story.is_hushed(look);
    const bool goes_on = (story.is_open(look) || is_part || follows) && candidate.bits > 0;
    if (!goes_on && !is_rare) {
        history.add(candidate.bits, now);
        ++digested_[share];
        digest_.add(look, candidate);
        novelty.learn(look, candidate);
        if (candidate.hit.is_wide && candidate.hit.tactic == Tactic::CredentialAccess && !candidate.is_slight)
            story.hush(look, candidate.hit);
        return;
    }
    describe_score(candidate, per_day, raised);
    // Within a story looking around is a step.
    if (candidate.is_slight && !(goes_on && !is_part && candidate.hit.tactic == Tactic::Discovery)) {
        candidate.hit.severity = Severity::Low;
        novelty.quarantine(candidate, now);
        return story.tell(look, candidate.hit, findings);
    }
    // An ordinary step of a program that somebody at home installed or started reaches what was given to it.
    const bool is_given = candidate.hit.is_ordinary && !installer.empty();
    // One more Secret, and one more, is no work of a day on the train. (What has the least weight reaches
    // nothing, whoever does it.)
    if (candidate.is_on_the_way && story.steps(look) < kOnTheWay) candidate.hit.is_at_home = true;
    const bool has_reach = look.action.happened && look.action.weight > 1 && !candidate.is_slight &&
                           !candidate.hit.is_at_home && !is_given;
    candidate.hit.severity = is_high && has_reach ? Severity::High : Severity::Medium;
    const bool is_crowd = !goes_on && crowds_.join(look, candidate);
    if (!goes_on && !is_crowd && !is_high && !shares_[share].take(candidate.bits, now)) {
        return hold_back(look, candidate, share, findings);
    }
    held_.pay(look, candidate);
    novelty.quarantine(candidate, now);
    ++told_[share];
    if (is_crowd) return crowds_.tell(look, candidate, findings);
    story.tell(look, candidate.hit, findings);
}

void Spending::hold_back(const Look& look, Candidate& candidate, size_t share, FindingBook& findings) {
    if (!held_.note(look, candidate)) return;
    if (crowds_.counts(look, candidate)) history_[share].add(candidate.bits, look.observation.now);
    ++held_count_[share];
    candidate.hit.why.emplace_back("held back: the budget of the day was spent");
    digest_.add(look, candidate);
    held_.report(look, candidate, kShareNames[share], findings);
}

void Spending::load(const StateReader& state) {
    held_.load(state);
    crowds_.load(state);
    digest_.load(state);
    for (size_t i = 0; i < kShareNames.size(); ++i) {
        const std::string name(kShareNames[i]);
        load_row(state, kModel, "scores of " + name, history_[i]);
        load_row(state, kModel, "told of " + name, shares_[i]);
    }
}

void Spending::save(StateWriter& state) {
    held_.save(state);
    crowds_.save(state);
    digest_.save(state);
    for (size_t i = 0; i < kShareNames.size(); ++i) {
        const std::string name(kShareNames[i]);
        state.put(kModel, "scores of " + name, write_row(history_[i]));
        state.put(kModel, "told of " + name, write_row(shares_[i]));
    }
}

void Spending::measure(MetricWriter& metrics, audit::Time now) const {
    for (size_t i = 0; i < kShareNames.size(); ++i) {
        const MetricWriter::Labels who{{"actors", std::string(kShareNames[i])}};
        metrics.set(kCandidates, who, candidates_[i]);
        metrics.set(kTold, who, told_[i]);
        metrics.set(kDigested, who, digested_[i]);
        metrics.set(kHeldBack, who, held_count_[i]);
        metrics.set(kRate, who, shares_[i].told(now));
    }
    count_evictions(metrics, "digest", digest_.evictions());
    count_evictions(metrics, "held_back", held_.evictions());
    count_evictions(metrics, "crowds", crowds_.evictions());
}

}  // namespace redshank::access
