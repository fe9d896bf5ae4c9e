#include "detectors/by_rule/detector.h"

#include <algorithm>

#include "core/metric/evictions.h"
#include "detectors/detector_config.h"

namespace redshank::by_rule {

namespace {

void describe(Finding& finding, const rules::Rule& rule) {
    finding.severity = rule.severity;
    finding.title = rule.title;
    finding.mitre = rule.mitre;
    finding.rule_id = rule.id;
    finding.rule_source = rule.place.to_string();
}

std::shared_ptr<const rules::RuleSet> rules_of(const Config& config) {
    return config.loaded ? config.loaded : rules::load_rules(config.sources);
}

}  // namespace

RuleDetector::RuleDetector(std::shared_ptr<const rules::RuleSet> rules) {
    replace(std::move(rules));
}

void RuleDetector::replace(std::shared_ptr<const rules::RuleSet> rules) {
    std::unordered_map<std::string, Slot> old;
    for (size_t i = 0; i < slots_.size(); ++i) old.emplace(rules_->rules()[i]->id, std::move(slots_[i]));
    slots_.clear();
    rules_ = std::move(rules);
    for (const rules::RulePtr& rule : rules_->rules()) {
        Slot& slot = slots_.emplace_back();
        const auto before = old.find(rule->id);
        if (before != old.end()) {
            slot.matches = before->second.matches;
            if (before->second.memory && before->second.memory->rule().fingerprint == rule->fingerprint) {
                slot.memory = std::move(before->second.memory);
                slot.memory->adopt(rule);
                continue;
            }
        }
        slot.memory = make_rule_memory(rule);
    }
    for (auto& [id, slot] : old) {
        if (slot.memory) dropped_.push_back(std::move(slot.memory));
    }
}

void RuleDetector::reload(const DetectorConfig& config) {
    replace(rules_of(config.of<Config>()));
}

void RuleDetector::observe(const Observation& observation, FindingBook& findings) {
    // A line without a stage (some exporters drop it) stands for a whole request.
    const bool answers = observation.answers || observation.event.stage == audit::Stage::Unknown;
    rules_->candidates(observation.request, answers, candidates_);
    if (candidates_.empty()) return;
    context_.reset(observation.request, answers, observation.origin.cluster);
    for (const uint32_t at : candidates_) {
        const rules::Rule& rule = *rules_->rules()[at];
        const bool asks_itself = rule.kind == rules::RuleKind::Sequence;
        if ((!asks_itself && !rule.condition->test(context_)) || rule.is_excepted(context_)) continue;
        Slot& slot = slots_[at];
        if (!slot.memory) {
            ++slot.matches;
            report(rule, observation, *rule_key(context_, rule.about, false), {}, findings);
            continue;
        }
        hits_.clear();
        slot.memory->observe(context_, observation, hits_);
        for (const RuleHit& hit : hits_) {
            ++slot.matches;
            if (hit.alone) {
                report_alone(rule, hit, observation.now, findings);
            } else {
                report(rule, observation, hit.key, hit.earlier, findings);
            }
        }
    }
}

void RuleDetector::report(const rules::Rule& rule, const Observation& observation, const std::string& key,
                          const std::vector<Evidence>& earlier, FindingBook& findings) {
    Finding& finding = findings.report(
        {.detector = "rule", .kind = rule.id, .cluster = observation.origin.cluster, .key = key},
        observation);
    describe(finding, rule);
    if (finding.count == 1) {
        finding.summary = rule.summary.render(context_, rule.missing);
        finding.grant = observation.request.reason.words;
    }
    for (const Evidence& one : earlier) {
        ++finding.count;
        finding.first_seen = std::min(finding.first_seen, one.time);
        findings.add_evidence(finding, one);
    }
    if (!earlier.empty()) {
        std::stable_sort(finding.evidence.begin(), finding.evidence.end(),
                         [](const Evidence& a, const Evidence& b) { return a.time < b.time; });
    }
}

void RuleDetector::report_alone(const rules::Rule& rule, const RuleHit& hit, audit::Time now,
                                FindingBook& findings) {
    Finding& finding =
        findings.report({.detector = "rule", .kind = rule.id, .cluster = hit.cluster, .key = hit.key}, now);
    describe(finding, rule);
    finding.summary = rule.title;
    finding.actor = hit.alone->actor;
    finding.object = hit.alone->object;
    finding.verb = hit.alone->verb;
    finding.code = hit.alone->code;
    for (const Evidence& one : hit.earlier) {
        ++finding.count;
        finding.first_seen = std::min(finding.first_seen, one.time);
        findings.add_evidence(finding, one);
    }
}

void RuleDetector::advance(audit::Time now, FindingBook& findings) {
    for (Slot& slot : slots_) {
        if (!slot.memory) continue;
        hits_.clear();
        slot.memory->advance(now, hits_);
        for (const RuleHit& hit : hits_) {
            ++slot.matches;
            report_alone(slot.memory->rule(), hit, now, findings);
        }
    }
}

void RuleDetector::load(const StateReader& state) {
    for (Slot& slot : slots_) {
        if (slot.memory) slot.memory->load(state);
    }
}

void RuleDetector::save(StateWriter& state) {
    for (const auto& memory : std::exchange(dropped_, {})) memory->forget(state);
    for (Slot& slot : slots_) {
        if (slot.memory) slot.memory->save(state);
    }
}

constexpr Metric kLoaded{"redshank_rules_loaded", Metric::Gauge, "", "Rules in force."};
constexpr Metric kMatches{"redshank_rule_matches_total", Metric::Counter, "rule",
                          "Events that matched the rule."};

void RuleDetector::measure(MetricWriter& metrics) const {
    metrics.set(kLoaded, {}, rules_->rules().size());
    uint64_t evictions = 0;
    for (size_t i = 0; i < slots_.size(); ++i) {
        if (slots_[i].memory) evictions += slots_[i].memory->evictions();
        if (slots_[i].matches == 0) continue;
        metrics.set(kMatches, {{"rule", rules_->rules()[i]->id}}, slots_[i].matches);
    }
    count_evictions(metrics, "rule_windows", evictions);
}

std::unique_ptr<Detector> make_detector(const Config& config) {
    return std::make_unique<RuleDetector>(rules_of(config));
}

}  // namespace redshank::by_rule
