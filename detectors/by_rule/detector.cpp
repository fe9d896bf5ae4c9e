#include "detectors/by_rule/detector.h"

#include <algorithm>

#include "core/finding/sentence.h"
#include "core/metric/evictions.h"
#include "core/request/done_verb.h"
#include "core/request/helm.h"
#include "core/request/rights.h"
#include "core/request/verbs.h"
#include "core/request/words.h"
#include "core/state/key.h"
#include "detectors/claimed_source.h"
#include "detectors/detector_config.h"

namespace redshank::by_rule {

namespace {

constexpr std::string_view kAlso = " Also by ";

// Most findings are described already, by the same words.
template <class Text>
void set(Text& to, const Text& text) {
    if (to != text) to = text;
}

void describe(Finding& finding, const rules::Rule& rule, const std::string& place) {
    finding.severity = rule.severity;
    set(finding.title, rule.title);
    set(finding.mitre, rule.mitre);
    set(finding.rule_id, rule.id);
    set(finding.rule_source, place);
}

// Who did what, of the first event of a window.
std::string alone_words(const Finding& finding) {
    const FindingActor& who = finding.who();
    const FindingObject& object = finding.what();
    const Thing thing{object.group, object.resource, object.subresource, object.namespace_, object.name};
    const std::string_view verb = done_verb(finding.verb, finding.code);
    return caller_words(who.user, who.impersonated) + " " +
           (object.resource.empty() ? past_of(verb) + " the API server" : deed_words(verb, thing));
}

// Whether the sequence waits for the end of the very request with which it begins.
bool awaits_end_of_request(const rules::Rule& rule) {
    const auto is_by_request = [](const rules::RuleStep& step) {
        return step.by.size() == 1 && step.by.front().to_string() == "auditID";
    };
    return rule.kind == rules::RuleKind::Sequence && rule.steps.back().without &&
           std::all_of(rule.steps.begin(), rule.steps.end(), is_by_request);
}

// "rosa asked to create Role shop/edit", of a write whose end nobody saw.
std::string asked_words(const Finding& finding) {
    const FindingActor& who = finding.who();
    const FindingObject& object = finding.what();
    return caller_words(who.user, who.impersonated) + " asked to " +
           (finding.verb == "create" ? "create " : "change ") +
           thing_words({object.group, object.resource, object.subresource, object.namespace_, object.name});
}

// "(refused)", behind a sentence that tells the deed alone.
std::string with_attempt(std::string said, const std::string& attempt) {
    for (const std::string_view word : {"refused", "which failed", "dry run"}) {
        if (said.find(word) != std::string::npos) return said;
    }
    return attempt.empty() ? said : said + " (" + attempt + ")";
}

// "bob (through teleport)" with each name safe.
std::string safe_words(const std::string& acting) {
    constexpr std::string_view kThrough = " (through ";
    const size_t at = acting.rfind(kThrough);
    if (at == std::string::npos || !acting.ends_with(')')) return name_words(acting);
    const std::string proxy = acting.substr(at + kThrough.size(), acting.size() - at - kThrough.size() - 1);
    return name_words(acting.substr(0, at)) + std::string(kThrough) + name_words(proxy) + ")";
}

// Adds an actor whom the finding does not name yet; returns whether one was added.
bool name_too(Finding& finding, const audit::Event& event) {
    constexpr size_t kMost = 8;
    const std::string_view as = event.is_impersonated ? event.impersonated_user.username : std::string_view();
    if (finding.actor && finding.actor->user == event.user.username && finding.actor->impersonated == as)
        return false;
    const std::string name = acting_words(event.user.username, as);
    if (name.empty() || !finding.actor || name == finding.actor->in_words() || finding.also.size() >= kMost)
        return false;
    if (std::find(finding.also.begin(), finding.also.end(), name) != finding.also.end()) return false;
    finding.also.push_back(name);
    std::vector<std::string> names;
    for (const std::string& one : finding.also) names.push_back(safe_words(one));
    const std::string start = finding.summary.substr(0, finding.summary.find(kAlso));
    finding.summary = and_then(start, std::string(kAlso.substr(1)) + list_words(names, kMost) + ".");
    return true;
}

// On a host of the control plane it is how a distribution keeps itself up to date.
bool is_program_with_all_rights(const Request& request) {
    return is_program(request) && is_through_cluster_admin(request);
}

std::shared_ptr<const rules::RuleSet> rules_of(const Config& config) {
    return config.loaded ? config.loaded : rules::load_rules(config.sources);
}

}  // namespace

RuleDetector::RuleDetector(std::shared_ptr<const rules::RuleSet> rules,
                           std::vector<audit::Network> own_networks)
    : own_networks_(std::move(own_networks)) {
    replace(std::move(rules));
}

void RuleDetector::replace(std::shared_ptr<const rules::RuleSet> rules) {
    std::unordered_map<std::string, Slot> old;
    for (size_t i = 0; i < slots_.size(); ++i) old.emplace(rules_->rules()[i]->id, std::move(slots_[i]));
    slots_.clear();
    rules_ = std::move(rules);
    candidates_.emplace(*rules_);
    for (const rules::RulePtr& rule : rules_->rules()) {
        Slot& slot = slots_.emplace_back();
        slot.rule = rule;
        slot.place = rule->place.to_string();
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
    remembering_.clear();
    for (uint32_t i = 0; i < slots_.size(); ++i) {
        if (slots_[i].memory) remembering_.push_back(i);
    }
    quiet_until_.assign(slots_.size(), audit::Time::min());
}

void RuleDetector::reload(const DetectorConfig& config) {
    const Config& own = config.of<Config>();
    replace(rules_of(own));
    own_networks_ = own.networks();
}

bool RuleDetector::is_own(const Observation& observation) const {
    if (own_networks_.empty()) return false;
    const audit::Address address = audit::Address::parse(observation.event.peer_ip());
    return std::any_of(own_networks_.begin(), own_networks_.end(),
                       [&](const audit::Network& network) { return network.contains(address); });
}

void RuleDetector::observe(const Observation& observation, FindingBook& findings) {
    // A line without a stage (some exporters drop it) counts as a whole request.
    const audit::Event& event = observation.event;
    const bool answers = observation.answers || event.stage == audit::Stage::Unknown;
    habits_.see(observation);
    restarts_.see(observation);
    rules::Beside beside{.is_own_network = is_own(observation)};
    bindings_.see(observation, habits_.since(observation.origin.cluster), beside);
    beside.is_at_home = admin_places_.see(observation);
    beside.looks_around = beside.is_at_home && looking_.see(observation);
    beside.is_false_server = hosts_.is_false_server(observation);
    beside.is_of_mighty = admin_places_.is_of_mighty(observation);
    if (answers) hosts_.note(observation);
    webhook_ = {};
    // More than half of the events of a day are reads.
    if (!is_read(event.verb)) see_write(observation, answers, beside);
    beside.installs = beside.installs || beside.is_installed_grant ||
                      (selects_helm_releases(event) && habits_.has_role(observation)) ||
                      (is_program_with_all_rights(observation.request) && hosts_.has(observation));
    habits_.see_control(observation);
    const bool writes_binding = answers && Bindings::is_write(event);
    const std::span<rules::Candidate> candidates = candidates_->of(observation.request, answers);
    if (candidates.empty() && !writes_binding) return;
    context_.reset(observation.request, answers, observation.origin.cluster);
    context_.know(beside);
    ask_rules(candidates, observation, findings);
    if (writes_binding) bindings_.learn(observation, context_);
}

void RuleDetector::see_write(const Observation& observation, bool answers, rules::Beside& beside) {
    const audit::Event& event = observation.event;
    beside.own_age = made_.see(observation, answers);
    beside.is_anothers = answers && made_.deletes_anothers(observation, beside.own_age);
    if (answers && Roles::concerns(event)) roles_.see(observation, made_, beside);
    beside.installs = habits_.see_apply(observation, made_) ||
                      (answers && puts_object(event.verb) && admin_places_.is_old_program(observation));
    beside.errand = errands_.see(observation, habits_, beside.is_at_home, bindings_.given_by_installer());
    beside.is_asked = errands_.is_asked();
    beside.is_new_order = orders_.see(observation, habits_);
    if (answers && Webhooks::is_write(event)) webhook_ = webhooks_.see(observation);
    beside.asks_outside = webhook_.by_stranger && webhook_.loosened.asks_outside;
    beside.fails_open = webhook_.by_stranger && webhook_.loosened.fails_open;
    const std::string_view namespace_ = event.object.namespace_;
    beside.is_new_cluster = answers && Bindings::is_write(event) && made_.is_new_cluster(observation);
    beside.in_own_namespace =
        answers && Bindings::is_write(event) && !namespace_.empty() && made_.is_own(namespace_, observation);
}

void RuleDetector::ask_rules(std::span<rules::Candidate> candidates, const Observation& observation,
                             FindingBook& findings) {
    for (rules::Candidate& candidate : candidates) {
        const rules::Rule& rule = *rules_->rules()[candidate.rule];
        const bool asks_itself = rule.kind == rules::RuleKind::Sequence;
        if (asks_itself && slots_[candidate.rule].memory->sleeps(candidate)) continue;
        if ((!asks_itself && !rules::test_open(*rule.condition, candidate.open, context_)) ||
            rule.is_excepted(context_))
            continue;
        if (rule.keeper && !rule.tells->test(context_)) {
            habits_.keep(rule, observation);
            continue;
        }
        Slot& slot = slots_[candidate.rule];
        if (!slot.memory) {
            ++slot.matches;
            report(slot, observation, *rule_key(context_, rule.about, false), {}, findings);
            continue;
        }
        hits_.clear();
        quiet_until_[candidate.rule] = audit::Time::min();
        slot.memory->observe(context_, observation, candidate, hits_);
        for (const RuleHit& hit : hits_) {
            ++slot.matches;
            if (hit.alone) {
                report_alone(slot, hit, observation.now, findings);
            } else {
                report(slot, observation,
                       rule.about.empty() ? hit.key : *rule_key(context_, rule.about, false), hit.earlier,
                       findings);
            }
        }
    }
}

// A webhook that only gets a new certificate sees, asks and lets through what it did before. One that asks
// nobody but the program which writes it gives nothing to others.
Judgement RuleDetector::judge(const rules::Rule& rule, const Observation& observation, const Finding* open) {
    if (webhook_.change == Webhooks::Change::Other || rule.severity <= Severity::Low)
        return habits_.judge(rule, context_, observation, open);
    if (webhook_.change == Webhooks::Change::Certificate)
        return {.severity = Severity::Low,
                .mark = "certificate",
                .reasons = {{"certificate", "but for its certificate it is as it was", ""}}};
    return {.severity = std::min(rule.severity, Severity::Medium),
            .mark = "",
            .reasons = {{"own-service", "it asks services of the account's own namespace only", ""}}};
}

void RuleDetector::report(const Slot& slot, const Observation& observation, std::string key,
                          const std::vector<Evidence>& earlier, FindingBook& findings) {
    const rules::Rule& rule = *slot.rule;
    FindingBook::Subject subject{
        .detector = "rule", .kind = rule.id, .cluster = observation.origin.cluster, .key = std::move(key)};
    // A deed does not hide in the finding of an attempt.
    const std::string attempt = observation.request.attempt_words();
    if (!attempt.empty()) subject.key += kKeyMark + attempt;
    const Judgement told = judge(
        rule, observation, RuleHabits::judges(rule, observation.request) ? findings.find(subject) : nullptr);
    if (!told.mark.empty()) subject.key += kKeyMark + told.mark;
    Finding& finding = findings.report(subject, observation);
    describe(finding, rule, slot.place);
    const bool is_dry = observation.request.is_dry_run && !observation.request.has_effect();
    finding.severity = is_dry ? std::min(told.severity, Severity::Low) : told.severity;
    if (!told.reasons.empty()) give_reasons(finding, told.reasons);
    if (finding.count == 1) {
        Sentence sentence{.what = with_attempt(rule.summary.render(context_, rule.missing), attempt)};
        for (const Reason& reason : told.reasons) sentence.why.push_back(reason.text);
        finding.summary = sentence.to_string();
        finding.grant = observation.request.reason.words;
    }
    if (finding.count > 1 && name_too(finding, observation.event)) findings.renew(subject);
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

void RuleDetector::report_alone(const Slot& slot, const RuleHit& hit, audit::Time now,
                                FindingBook& findings) {
    const rules::Rule& rule = *slot.rule;
    Finding& finding =
        findings.report({.detector = "rule", .kind = rule.id, .cluster = hit.cluster, .key = hit.key}, now);
    describe(finding, rule, slot.place);
    finding.actor = hit.alone->actor;
    finding.object = hit.alone->object;
    finding.verb = hit.alone->verb;
    finding.code = hit.alone->code;
    finding.summary = awaits_end_of_request(rule)
                          ? Sentence{.what = asked_words(finding) + ", and nobody knows what became of it",
                                     .why = {rule.title}}
                                .to_string()
                          : Sentence{.what = alone_words(finding), .why = {rule.title}}.to_string();
    for (const Evidence& one : hit.earlier) {
        ++finding.count;
        finding.first_seen = std::min(finding.first_seen, one.time);
        findings.add_evidence(finding, one);
    }
}

void RuleDetector::report_broken_off(const Slot& slot, const RuleHit& hit, audit::Time now,
                                     FindingBook& findings) {
    const rules::Rule& rule = *slot.rule;
    const std::string moment = audit::format_time(std::chrono::floor<std::chrono::minutes>(hit.began));
    Finding& finding = findings.report({.detector = "rule",
                                        .kind = rule.id,
                                        .cluster = hit.cluster,
                                        .key = "server" + std::string(1, kKeyMark) + moment},
                                       now);
    describe(finding, rule, slot.place);
    finding.severity = Severity::Low;
    finding.title = "Writes broken off by a stop of the API server or of its log";
    const std::string asked = begun(asked_words(*hit.alone)) + ".";
    if (finding.count == 0) {
        finding.summary = "The API server stopped about " + moment.substr(11, 5) +
                          ", or its log did: nobody knows what became of the writes in its hands. " + asked;
    } else {
        finding.summary = and_then(finding.summary, asked);
    }
    for (const Evidence& one : hit.earlier) {
        ++finding.count;
        finding.first_seen = std::min(finding.first_seen, one.time);
        findings.add_evidence(finding, one);
    }
}

void RuleDetector::advance(audit::Time now, FindingBook& findings) {
    for (const uint32_t at : remembering_) {
        if (now <= quiet_until_[at]) continue;
        Slot& slot = slots_[at];
        hits_.clear();
        quiet_until_[at] = slot.memory->advance(now, hits_);
        for (const RuleHit& hit : hits_) {
            ++slot.matches;
            const rules::Rule& rule = slot.memory->rule();
            const bool is_of_request = awaits_end_of_request(rule);
            if (is_of_request && hit.together >= 3) restarts_.note(hit.cluster, hit.began);
            if (is_of_request && restarts_.explains(hit.cluster, hit.began, now)) {
                report_broken_off(slot, hit, now, findings);
            } else {
                report_alone(slot, hit, now, findings);
            }
        }
    }
}

void RuleDetector::load(const StateReader& state) {
    habits_.load(state);
    hosts_.load(state);
    errands_.load(state);
    orders_.load(state);
    bindings_.load(state);
    roles_.load(state);
    made_.load(state);
    admin_places_.load(state);
    webhooks_.load(state);
    looking_.load(state);
    for (Slot& slot : slots_) {
        if (slot.memory) slot.memory->load(state);
    }
}

void RuleDetector::save(StateWriter& state) {
    habits_.save(state);
    hosts_.save(state);
    errands_.save(state);
    orders_.save(state);
    bindings_.save(state);
    roles_.save(state);
    made_.save(state);
    admin_places_.save(state);
    webhooks_.save(state);
    looking_.save(state);
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
    count_evictions(metrics, "rule_habits", habits_.evictions());
    count_evictions(metrics, "rule_control_hosts", hosts_.evictions());
    count_evictions(metrics, "rule_asked", errands_.evictions());
    count_evictions(metrics, "rule_orders", orders_.evictions());
    count_evictions(metrics, "rule_made", made_.evictions());
    count_evictions(metrics, "rule_admin_places", admin_places_.evictions());
    count_evictions(metrics, "rule_bindings", bindings_.evictions());
    count_evictions(metrics, "rule_small_roles", roles_.evictions());
    count_evictions(metrics, "rule_webhooks", webhooks_.evictions());
    count_evictions(metrics, "rule_looking", looking_.evictions());
}

std::unique_ptr<Detector> make_detector(const Config& config) {
    return std::make_unique<RuleDetector>(rules_of(config), config.networks());
}

}  // namespace redshank::by_rule
