#include "detectors/access/story.h"

#include <algorithm>

#include "audit/utf8.h"

namespace redshank::access {

namespace {

constexpr size_t kSteps = 12, kEvidence = 24, kReasons = 12, kSummary = 1200;

std::string key_of(const Look& look) {
    return std::string(look.observation.origin.cluster) + '\x1f' + std::string(look.event().user.username);
}

FindingBook::Subject subject_of(const Look& look, std::string_view kind) {
    return {"unusual_access", kind, look.observation.origin.cluster, std::string(look.event().user.username)};
}

size_t tactics(const StoryRow& row) {
    unsigned seen = 0;
    for (const StoryRow::Step& step : row.steps) seen |= 1U << static_cast<unsigned>(step.tactic);
    seen &= ~1U;  // Tactic::None
    return static_cast<size_t>(__builtin_popcount(seen));
}

void add_mitre(Finding& finding, std::string_view technique) {
    if (technique.empty()) return;
    if (std::find(finding.mitre.begin(), finding.mitre.end(), technique) == finding.mitre.end()) {
        finding.mitre.emplace_back(technique);
    }
}

void add_reasons(Finding& finding, const std::vector<Reason>& reasons) {
    for (const Reason& reason : reasons) {
        if (finding.reasons.size() < kReasons) finding.reasons.push_back(reason);
    }
}

std::string who(const Look& look) {
    std::string out(look.event().user.username);
    if (look.event().is_impersonated) out.append(" as ").append(look.event().impersonated_user.username);
    if (look.actor.is(ActorClass::Human)) out += " (" + look.actor.peers + ")";
    return out;
}

std::string where(const Look& look) {
    const audit::ObjectRef& object = look.event().object;
    if (!object.present) return "";
    std::string out;
    if (!object.name.empty()) out.append(" ").append(audit::cut_utf8(object.name, 128));
    if (!object.namespace_.empty()) {
        out.append(" in namespace ").append(object.namespace_);
    } else if (object.name.empty()) {
        out += " in the whole cluster";
    }
    return out;
}

}  // namespace

bool Story::is_open(const Look& look) const {
    const StoryRow* row = stories_.find(key_of(look));
    return row != nullptr && look.observation.now - audit::Time{audit::Duration{row->last}} < gap_;
}

void Story::tell(const Look& look, const Hit& hit, FindingBook& findings) {
    // A weak sign starts no story: the story would lower the bar for the steps that follow.
    if (hit.severity < Severity::Medium) return report(look, hit, hit.what + where(look), true, findings);
    const bool goes_on = is_open(look);
    StoryRow& row = stories_.change(key_of(look));
    if (!goes_on) row = StoryRow{};
    row.last = std::max(row.last, look.observation.now.time_since_epoch().count());
    const std::string what = hit.what + where(look);
    const bool is_step = std::none_of(row.steps.begin(), row.steps.end(),
                                      [&](const StoryRow::Step& step) { return step.what == what; });
    if (is_step && row.steps.size() < kSteps) row.steps.push_back({hit.tactic, what, std::string(hit.mitre)});
    if (row.evidence.size() < kEvidence) row.evidence.push_back(evidence_of(look.observation));

    const bool was_sequence = row.is_sequence;
    row.is_sequence = was_sequence || (row.steps.size() >= 3 && tactics(row) >= 2);
    if (row.is_sequence) return tell_sequence(look, row, hit, findings, !was_sequence);

    report(look, hit, what, is_step, findings);
}

void Story::report(const Look& look, const Hit& hit, const std::string& what, bool is_step,
                   FindingBook& findings) {
    Finding& finding = findings.report(subject_of(look, hit.kind), look.observation);
    add_mitre(finding, hit.mitre);
    add_reasons(finding, hit.reasons);
    finding.severity = finding.count == 1 ? hit.severity : std::max(finding.severity, hit.severity);
    if (finding.count == 1) {
        finding.title = hit.title;
        finding.summary = who(look) + " from " + std::string(look.peer) + " with " + look.client + " " +
                          what + ": " + hit.because + ".";
    } else if (is_step && finding.summary.size() < kSummary) {
        finding.summary += " Then " + what + ": " + hit.because + ".";
    }
}

void Story::tell_sequence(const Look& look, const StoryRow& row, const Hit& hit, FindingBook& findings,
                          bool is_first) {
    Finding& finding = findings.report(subject_of(look, "attack-sequence"), look.observation);
    if (is_first) {
        for (const Evidence& event : row.evidence) {
            if (event.offset == look.observation.origin.offset &&
                event.source == look.observation.origin.source)
                continue;
            findings.add_evidence(finding, event);
            ++finding.count;
            finding.first_seen = std::min(finding.first_seen, event.time);
        }
    }
    add_reasons(finding, hit.reasons);
    finding.title = "One account takes several steps of an attack";
    finding.severity = tactics(row) >= 3 ? Severity::Critical : Severity::High;
    finding.summary = who(look) + ", " + std::to_string(row.steps.size()) + " unusual steps: ";
    for (size_t i = 0; i < row.steps.size(); ++i) {
        const StoryRow::Step& step = row.steps[i];
        if (finding.summary.size() > kSummary) {
            finding.summary += "; and more";
            break;
        }
        if (i > 0) finding.summary += "; then ";
        finding.summary += step.what;
        if (step.tactic != Tactic::None)
            finding.summary.append(" (").append(to_string(step.tactic)).append(")");
        add_mitre(finding, step.mitre);
    }
    finding.summary += ".";
}

}  // namespace redshank::access
