#include "daemon/questions/why.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "audit/glob.h"
#include "core/finding/fields.h"
#include "core/state/bounded_table.h"
#include "core/state/row.h"
#include "daemon/alerts/inhibition.h"
#include "daemon/incidents/said.h"
#include "daemon/print/listing.h"
#include "daemon/questions/digest.h"
#include "daemon/questions/findings.h"
#include "daemon/questions/outbox.h"
#include "daemon/questions/said.h"
#include "daemon/store/checked.h"
#include "detectors/engine.h"
#include "rules/candidates.h"
#include "rules/context.h"

namespace redshank {

namespace {

constexpr std::chrono::minutes kAround{1};

WhyRow found_row(const Finding& finding) {
    return {"found", finding.id, finding.summary,
            fmt::format("{}, {}", to_string(finding.severity), to_string(finding.status))};
}

WhyRow incident_row(const Incident& incident) {
    std::string state(to_string(incident.state));
    if (!incident.closed_because.empty()) state += ": " + incident.closed_because;
    return {"incident", incident.id, incident.summary,
            fmt::format("{}, {}", to_string(incident.severity), state)};
}

// Nothing when it is in none, or in one that is known no more.
std::optional<Incident> incident_with(const StateReader& state, const std::string& finding) {
    std::optional<Incident> out;
    load_rows<Incident>(state, kIncidentTable, "", [&](std::string_view, Incident incident) {
        const auto& parts = incident.findings;
        if (incident.joined.empty() &&
            std::any_of(parts.begin(), parts.end(), [&](const auto& part) { return part.id == finding; }))
            out = std::move(incident);
    });
    return out;
}

void add_normal(const StateReader& state, const Finding& finding, audit::Time now,
                std::vector<WhyRow>& rows) {
    for (const SuppressionRow& row : suppressions(state, now)) {
        const access::Suppress& what = row.said.what;
        const FindingActor& who = finding.who();
        if (!audit::glob_match(what.actor, who.user) && !audit::glob_match(what.actor, who.impersonated))
            continue;
        if (!audit::glob_match(what.namespace_, finding.what().namespace_)) continue;
        rows.push_back({"normal", row.said.id,
                        fmt::format("{} said that {} by {} in {} is normal: {}", row.said.author,
                                    what.behaviour, what.actor, what.namespace_, row.said.comment),
                        fmt::format("kept back {} times", row.use.times)});
    }
}

void add_silences(const StateReader& state, const Finding& finding, std::string_view incident,
                  audit::Time now, std::vector<WhyRow>& rows) {
    for (const Silence& silence : silences(state, now)) {
        if (!silence.is_active(now) || !silence.matches(finding, incident)) continue;
        std::vector<std::string> matchers;
        for (const Matcher& matcher : silence.matchers) matchers.push_back(stored(matcher));
        rows.push_back(
            {"silence", silence.id,
             fmt::format("{} silences {}: {}", silence.author, fmt::join(matchers, " "), silence.comment),
             "until " + to_seconds(silence.ends)});
    }
}

void add_kept_back(const StateReader& state, const Finding& finding, audit::Time now,
                   std::vector<WhyRow>& rows) {
    const std::string key = Inhibition::key_of(finding);
    if (key.empty() || finding.severity > Severity::Medium) return;
    ClockRow until;
    load_row(state, Inhibition::kTable, key, until);
    if (until.time <= now) return;
    rows.push_back({"kept-back", actor_identity(finding),
                    "a critical finding about the same actor was told; lesser ones wait",
                    "until " + to_seconds(until.time)});
}

// Of messages about the finding, or about the incident.
void add_delivery(const StateReader& state, std::string_view id, std::vector<WhyRow>& rows) {
    for (const OutboxRow& row : outbox(state, "")) {
        const bool is_of = row.alert.finding.id == id || (row.alert.incident && row.alert.incident->id == id);
        if (!is_of) continue;
        rows.push_back({"delivery", row.receiver, row.is_dead ? "given up: " + row.reason : "waits",
                        row.is_dead ? "" : fmt::format("{} attempts", row.attempts)});
    }
}

// What is known of a finding, which is in this incident.
std::vector<WhyRow> about(const CheckedState& state, const Finding& finding, std::string_view incident,
                          audit::Time now) {
    const AllPartitions detectors = detectors_state(state);
    std::vector<WhyRow> rows{found_row(finding)};
    for (const Reason& reason : finding.reasons)
        rows.push_back({"reason", reason.name, reason.text, reason.value});
    if (!finding.rule_id.empty())
        rows.push_back({"rule", finding.rule_id, "from " + finding.rule_source,
                        std::string(to_string(finding.severity))});
    add_normal(detectors, finding, now, rows);
    add_silences(state, finding, incident, now, rows);
    add_kept_back(state, finding, now, rows);
    add_delivery(state, finding.id, rows);
    return rows;
}

std::string exception_words(const rules::Rule& rule, rules::Context& context) {
    for (const rules::RuleException& exception : rule.exceptions) {
        if (context.event().stage_time < exception.until && exception.condition->test(context))
            return fmt::format("its condition holds, but the exception \"{}\" takes it out", exception.name);
    }
    return {};
}

std::string sequence_words(const rules::Rule& rule, rules::Context& context) {
    std::vector<std::string> steps;
    for (size_t i = 0; i < rule.steps.size(); ++i) {
        if (rule.steps[i].condition->test(context)) steps.push_back(std::to_string(i + 1));
    }
    return steps.empty() ? std::string{}
                         : fmt::format("step {} of {} within {}", fmt::join(steps, " and "),
                                       rule.steps.size(), audit::format_duration(rule.within));
}

// "" when the rule has nothing to do with the event.
std::string rule_words(const rules::Rule& rule, rules::Context& context) {
    if (rule.kind == rules::RuleKind::Sequence) {
        const std::string steps = sequence_words(rule, context);
        const std::string taken = steps.empty() ? steps : exception_words(rule, context);
        return taken.empty() ? steps : taken;
    }
    if (!rule.condition->test(context)) return {};
    if (std::string taken = exception_words(rule, context); !taken.empty()) return taken;
    if (rule.keeper && !rule.tells->test(context))
        return "shows that the account looks after the object: remembered, not told";
    switch (rule.kind) {
        case rules::RuleKind::Threshold:
            return fmt::format("counts; told at {} within {}", rule.count,
                               audit::format_duration(rule.within));
        case rules::RuleKind::NewValue:
            return fmt::format("told when the value was not seen for {}",
                               audit::format_duration(rule.memory));
        case rules::RuleKind::Match:
        case rules::RuleKind::Sequence:
            break;
    }
    return "its condition holds";
}

}  // namespace

std::optional<Finding> finding_of_id(const Store& store, const std::string& id) {
    std::optional<Finding> found;
    each_finding(store, {.query = {.id = id}}, [&](const Finding& finding) { found = finding; });
    return found;
}

std::vector<Finding> findings_about(const Store& store, const std::string& audit_id) {
    std::vector<Finding> about;
    each_finding(store, {}, [&](const Finding& finding) {
        if (std::any_of(finding.evidence.begin(), finding.evidence.end(),
                        [&](const Evidence& one) { return one.audit_id == audit_id; })) {
            about.push_back(finding);
        }
    });
    return about;
}

std::vector<WhyRow> why(const Store& store, const Finding& finding, audit::Time now) {
    const CheckedState state = checked_state(store);
    const auto incident = incident_with(state, finding.id);
    std::vector<WhyRow> rows = about(state, finding, incident ? incident->id : "", now);
    if (incident) rows.insert(rows.begin() + 1, incident_row(*incident));
    return rows;
}

std::vector<WhyRow> why(const Store& store, const Incident& incident, audit::Time now) {
    const CheckedState state = checked_state(store);
    std::vector<WhyRow> rows{incident_row(incident)};
    add_delivery(state, incident.id, rows);
    std::vector<Finding> all;
    for (const IncidentPart& part : incident.findings) {
        if (auto finding = finding_of_id(store, part.id)) all.push_back(std::move(*finding));
    }
    std::reverse(all.begin(), all.end());  // the newest first
    std::stable_sort(all.begin(), all.end(),
                     [](const Finding& a, const Finding& b) { return a.severity > b.severity; });
    for (size_t i = 0; i < std::min(all.size(), kMostFindings); ++i) {
        const std::vector<WhyRow> more = about(state, all[i], incident.id, now);
        rows.insert(rows.end(), more.begin(), more.end());
    }
    const uint64_t known = incident.findings.size() + incident.findings_more;
    if (const uint64_t shown = std::min(all.size(), kMostFindings); known > shown)
        rows.push_back(
            {"found", "", fmt::format("and {} more, lesser or no longer kept", known - shown), ""});
    return rows;
}

std::vector<WhyRow> rules_about(const Request& request, const std::string& cluster,
                                const rules::RuleSet& rules) {
    const bool answers = request.event.stage != audit::Stage::RequestReceived;
    rules::Candidates candidates(rules);
    rules::Context context;
    context.reset(request, answers, cluster);
    std::vector<WhyRow> rows;
    for (const rules::Candidate& candidate : candidates.of(request, answers)) {
        const rules::Rule& rule = *rules.rules()[candidate.rule];
        if (std::string words = rule_words(rule, context); !words.empty())
            rows.push_back({"rule", rule.id, std::move(words), std::string(to_string(rule.severity))});
    }
    return rows;
}

std::vector<WhyRow> weighed_about(const StateReader& state, const std::string& user, audit::Time time) {
    std::vector<WhyRow> rows;
    for (const access::DigestRow& row :
         weighed_and_kept_back(state, {.user = user, .since = time - kAround})) {
        if (row.time > time + kAround) continue;
        rows.push_back({"weighed", row.user,
                        fmt::format("{} {} ({}): not told", to_seconds(row.time), row.what, row.because),
                        fmt::format("{:.1f} bits", row.bits)});
    }
    return rows;
}

}  // namespace redshank
