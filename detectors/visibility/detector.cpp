#include "detectors/visibility/detector.h"

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/finding/sentence.h"
#include "core/request/words.h"
#include "core/state/row.h"
#include "detectors/by_rule/config.h"
#include "detectors/coverage/coverage.h"
#include "detectors/visibility/config.h"
#include "detectors/visibility/learn.h"
#include "detectors/visibility/questions.h"
#include "detectors/visibility/row.h"

namespace redshank::visibility {

using audit::Time;
using coverage::State;
using coverage::Unit;

namespace {

constexpr Metric kVisibility{
    "redshank_visibility", Metric::Gauge, "detector",
    "What the audit log shows of what the detector is made from: 1 all, 0.5 some, 0 nothing.", true};
// A finding ends after a day without news, and a policy lasts longer.
constexpr audit::Duration kKeeps = std::chrono::hours{1};

constexpr std::string_view kSecretReads = "secret-read-unprotected";

// All that the lacks follow from.
struct Basis {
    Learnt learnt;
    bool is_known = false, is_refuted = false;
    bool operator==(const Basis&) const = default;
};

class Detector final : public redshank::Detector {
  public:
    explicit Detector(const DetectorConfig& config) { take(config); }

    std::string_view name() const override { return "source"; }

    void observe(const Observation& observation, FindingBook& findings) override {
        if (cluster_.empty()) cluster_ = observation.origin.cluster;
        count(row_.seen, observation);
        is_changed_ = true;
        if (!is_judged_) name_policy(observation.now);
        const Basis basis = basis_now();
        if (is_judged_ && basis == basis_) return;
        const std::string policy = row_.policy;
        const std::vector<Lack> before = row_.lacks;
        judge(basis);
        if (keep_since(before) || row_.policy != policy) tell(observation.now, findings);
    }

    void advance(Time now, FindingBook& findings) override {
        if (!is_judged_ || now - row_.told < kKeeps) return;
        tell(now, findings);
    }

    void load(const StateReader& state) override {
        load_rows<Row>(state, kTable, "", [&](std::string_view cluster, Row row) {
            cluster_ = cluster;
            row_ = std::move(row);
        });
    }

    void save(StateWriter& state) override {
        if (std::exchange(is_changed_, false)) state.put(kTable, cluster_, write_row(row_));
    }

    void reload(const DetectorConfig& config) override {
        take(config);
        is_judged_ = false;
    }

    void measure(MetricWriter& metrics) const override {
        for (const auto& [detector, value] : shown_)
            metrics.set(kVisibility, {{"detector", detector}}, value);
    }

  private:
    void take(const DetectorConfig& config) {
        config_ = config.of<Config>();
        const auto& rules = config.of<by_rule::Config>().loaded;
        rules_ = rules ? rules->rules() : std::vector<rules::RulePtr>{};
        enabled_ = coverage::enabled(config);
    }

    const Config::Known* named() const {
        const auto at = config_.policies.find(cluster_);
        return at == config_.policies.end() ? nullptr : &at->second;
    }

    void name_policy(Time now) {
        const std::string id = named() == nullptr ? "" : named()->id;
        if (std::exchange(row_.policy_id, id) != id) row_.policy_since = now;
    }

    // A policy that hides reads of Secrets is not the one in force when they come.
    Basis basis_now() const {
        const bool is_named = named() != nullptr;
        const Learnt learnt = learn(row_.seen);
        return {.learnt = learnt,
                .is_known = is_named || is_known(row_.seen, learnt),
                .is_refuted = is_named && row_.seen.secret_reads.last > row_.policy_since};
    }

    void judge(const Basis& basis) {
        is_judged_ = true;
        basis_ = basis;
        row_.policy.clear();
        row_.lacks.clear();
        shown_.clear();
        if (!basis.is_known) return;
        const Config::Known* known = named();
        if (known == nullptr) return keep(policy_of(basis.learnt), false);
        row_.policy = known->file;
        keep(*known->policy);
        if (!hides_secret_reads()) {
            if (basis.learnt.hides_secret_reads) keep(without(*known->policy, basis.learnt));
        } else if (basis.is_refuted && !basis.learnt.hides_secret_reads) {
            row_.policy.clear();
            keep(policy_of(basis.learnt), false);
        }
    }

    // What was lacking before is lacking since then, so that a restart, which judges anew, tells nothing.
    // Returns whether anything else is lacking than before.
    bool keep_since(const std::vector<Lack>& before) {
        bool is_same = row_.lacks.size() == before.size();
        for (Lack& lack : row_.lacks) {
            for (const Lack& old : before) {
                if (old.kind == lack.kind && old.state == lack.state) lack.told = old.told;
            }
            const auto old = std::find_if(before.begin(), before.end(),
                                          [&](const Lack& one) { return one.is_same(lack); });
            if (old == before.end()) {
                is_same = false;
            } else {
                lack.since = old->since;
            }
        }
        return !is_same;
    }

    bool hides_secret_reads() const {
        const Lack* reads = row_.lack_of(kSecretReads);
        return reads != nullptr && reads->state == "blind";
    }

    // What comes says too little about single rules, and running all of their examples takes long.
    void keep(const audit::policy::Policy& policy, bool is_named = true) {
        row_.lacks.clear();
        shown_.clear();
        const auto units =
            coverage::cover(policy, is_named ? rules_ : std::vector<rules::RulePtr>{}, enabled_);
        for (const Unit& unit : units) {
            if (unit.name == "rule" && !is_named) continue;
            if (unit.unit == "detector") {
                shown_[unit.name] = unit.state == State::Blind ? 0 : unit.state == State::Partly ? 0.5 : 1;
            } else if (unit.unit == "kind" && unit.state != State::Fed) {
                row_.lacks.push_back({unit.name, std::string(to_string(unit.state)), unit.missing,
                                      since(unit), row_.policy.empty() ? 0 : unit.line});
            }
        }
    }

    // What is missing was seen last then, or never since the log is watched.
    Time since(const Unit& unit) const {
        if (unit.name == kSecretReads && unit.state == State::Blind)
            return std::max(row_.seen.since, row_.seen.secret_reads.last);
        return basis_.learnt.hides_reads ? std::max(row_.seen.since, row_.seen.reads.last) : row_.seen.since;
    }

    void tell(Time now, FindingBook& findings) {
        row_.told = now;
        is_changed_ = true;
        for (const Question& question : questions()) {
            const FindingBook::Subject subject{.detector = "source",
                                               .kind = "audit-blind",
                                               .cluster = cluster_,
                                               .key = std::string(question.kind)};
            const auto lack = std::find_if(row_.lacks.begin(), row_.lacks.end(), [&](const Lack& one) {
                return one.kind == question.kind && one.state == "blind";
            });
            if (lack == row_.lacks.end()) {
                findings.resolve(subject, now);
                continue;
            }
            if (lack->told == Time{}) lack->told = now;
            // The book forgets a finding of which nothing is told for a day, as in a hole of the log: it is
            // the same again, by the time at which it was first told.
            Finding& finding = findings.report(subject, lack->told);
            finding.time = finding.last_seen = std::max(finding.last_seen, now);
            describe(finding, question, *lack);
        }
    }

    void describe(Finding& finding, const Question& question, const Lack& lack) const {
        finding.count = 1;
        finding.severity = question.severity;
        finding.title = "The audit log does not show " + std::string(question.what);
        const std::string cause = cause_of(lack);
        finding.summary = Sentence{.what = "the audit log of " + name_words(cluster_) + " has shown no " +
                                           std::string(question.what) + " since " + moment_words(lack.since),
                                   .because = row_.policy.empty() ? "" : cause,
                                   .why = {row_.policy.empty() ? cause : "", "what is done so is not seen"}}
                              .to_string();
        finding.reasons = {{"blind", cause, ""}};
        finding.mitre = {"T1562.008"};
        finding.first_seen = std::min(finding.first_seen, lack.since);
    }

    // "line 5 of policy.yaml leaves them out"
    std::string cause_of(const Lack& lack) const {
        const Seen& seen = row_.seen;
        const bool came_not = lack.kind == kSecretReads && lack.line == 0 && basis_.learnt.hides_secret_reads;
        if (came_not && basis_.learnt.hides_reads)
            return "none of " + counted(seen.reads.requests, "request") + " was a read of anything";
        if (came_not) return "none of " + counted(seen.secret_reads.requests, "request") + " read one";
        if (row_.policy.empty()) return "no event was logged at the level that shows them";
        const std::string line = line_words(row_.policy, lack);
        return line.empty() ? "no rule of " + name_words(row_.policy) + " logs them" : line;
    }

    Config config_;
    std::vector<rules::RulePtr> rules_;
    coverage::Enabled enabled_;

    std::string cluster_;  // an engine has one
    Row row_;
    Basis basis_;
    bool is_judged_ = false;               // for this basis, since the start or the last reload()
    bool is_changed_ = false;              // since the last save()
    std::map<std::string, double> shown_;  // redshank_visibility, by detector
};

}  // namespace

std::unique_ptr<redshank::Detector> make_detector(const DetectorConfig& config) {
    return std::make_unique<Detector>(config);
}

}  // namespace redshank::visibility
