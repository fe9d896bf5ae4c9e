#include "daemon/incidents/growth.h"

#include <algorithm>
#include <utility>

#include "audit/utf8.h"
#include "core/finding/fields.h"
#include "daemon/incidents/cause.h"
#include "exporters/finding_text.h"

namespace redshank {

namespace {

constexpr size_t kText = 400, kSummary = 1200;  // bytes of a step, of the summary
constexpr size_t kShortSteps = 4;               // at each end, of what goes to receivers
constexpr size_t kAllSteps = 5;
constexpr std::string_view kExposed = "secret-exposed", kWindowClosed = "secret-exposure-closed",
                           kStory = "attack-sequence";

// Of equally grave findings the one that tells most leads: a story, then a deed, then a condition.
int rank_of(std::string_view kind) {
    if (kind == kStory) return 2;
    return is_condition(kind) || kind == kWindowClosed ? 0 : 1;
}

std::string actor_words(const Finding& finding) {
    if (!finding.actor) return {};
    const FindingActor& who = *finding.actor;
    return who.is_anonymous() && !who.source_ip.empty() ? actor_name(finding) + " from " + who.source_ip
                                                        : actor_name(finding);
}

void lead(Incident& incident, const Finding& finding) {
    const bool is_lead = finding.id == incident.lead;
    const std::pair rank{finding.severity, rank_of(finding.kind)};
    if (!is_lead && !incident.lead.empty() &&
        rank <= std::pair{incident.lead_severity, rank_of(incident.lead_kind)}) {
        return;
    }
    incident.lead = finding.id;
    incident.lead_kind = finding.kind;
    incident.lead_severity = finding.severity;
    incident.title = finding.title;
    incident.summary = audit::cut_utf8(finding.summary, kSummary);
    incident.from = finding.who().source_ip;
    incident.with = audit::cut_utf8(finding.who().user_agent, kText);
    incident.grant = audit::cut_utf8(finding.grant, kText);
    incident.matters = why_it_matters(finding);
    incident.first = first_steps(finding, incident.short_id(), kAllSteps);
    for (const Undone& undone : incident.undone) leave_out(incident.first, undone);
}

void note_undone(Incident& incident, const Undone& undone) {
    const auto is_it = [&](const Undone& other) { return other.binding == undone.binding; };
    if (incident.undone.size() == Incident::kMostUndone ||
        std::any_of(incident.undone.begin(), incident.undone.end(), is_it)) {
        return;
    }
    incident.undone.push_back(undone);
    leave_out(incident.first, undone);
}

// What the graver of two that turn out to be one says of itself. Its commands name the one that goes on.
void take_lead(Incident& into, const Incident& other) {
    static_cast<IncidentLead&>(into) = other;
    for (Step& step : into.first) {
        if (const size_t at = step.command.find(other.short_id()); at != step.command.npos)
            step.command.replace(at, other.short_id().size(), into.short_id());
    }
}

// The sentence up to how it was possible: several findings tell the same deed.
std::string_view deed_of(std::string_view text) {
    for (const std::string_view end : {", because ", " without a login", ". "})
        text = text.substr(0, text.find(end));
    if (text.ends_with('.')) text.remove_suffix(1);
    return text;
}

bool tells(const Incident& incident, std::string_view deed) {
    return std::any_of(incident.steps.begin(), incident.steps.end(),
                       [deed](const IncidentStep& step) { return deed_of(step.text) == deed; });
}

void tell_step(Incident& incident, const Finding& finding, bool is_new, bool is_over) {
    const std::string text(audit::cut_utf8(finding.summary.empty() ? finding.title : finding.summary, kText));
    if (is_over) return add_step(incident, {finding.time, "Over: " + finding.title + ".", finding.id});
    if (is_new && tells(incident, deed_of(text))) return;
    // A condition is told since when it holds, a deed when it is done: that of a series ends it.
    const audit::Time when = is_condition(finding.kind) ? finding.first_seen : finding.time;
    if (is_new) return add_step(incident, {when, text, finding.id});
    for (IncidentStep& step : incident.steps) {
        if (step.finding == finding.id && !step.text.starts_with("Over: ")) step.text = text;
    }
}

// Windows through this binding are closed.
bool close_windows(Incident& incident, const Finding& finding) {
    bool any = false;
    for (IncidentPart& part : incident.findings) {
        if (part.kind != kExposed || part.window != binding_of(finding.grant)) continue;
        any |= part.status == FindingStatus::Firing;
        part.status = FindingStatus::Resolved;
    }
    return any;
}

struct Taken {
    bool is_new = false, is_over = false;
};

Taken take_part(Incident& incident, const Finding& finding) {
    const auto at = std::find_if(incident.findings.begin(), incident.findings.end(),
                                 [&](const IncidentPart& part) { return part.id == finding.id; });
    Taken taken{.is_new = at == incident.findings.end()};
    IncidentPart part{.id = finding.id,
                      .kind = finding.kind,
                      .severity = finding.severity,
                      .status = finding.status,
                      .count = finding.count,
                      .told = finding.time,
                      .window = finding.kind == kExposed ? binding_of(finding.grant) : std::string{}};
    if (!taken.is_new) {
        taken.is_over = at->status == FindingStatus::Firing && finding.status == FindingStatus::Resolved;
        // A window that is closed stays so, whatever is still told of its opening.
        if (at->kind == kExposed && at->status == FindingStatus::Resolved) part.status = at->status;
        *at = std::move(part);
    } else if (incident.findings.size() < Incident::kMostParts) {
        incident.findings.push_back(std::move(part));
    } else {
        ++incident.findings_more;
    }
    return taken;
}

bool is_deed(const IncidentPart& part, Severity least) {
    return part.severity >= least && !is_condition(part.kind) && part.kind != kWindowClosed;
}

void add_all(FirstNames& into, const FirstNames& other) {
    for (const std::string& name : other.names) into.add(name);
    into.more += other.more;
}

}  // namespace

Incident begin_incident(const Finding& finding, audit::Time opened) {
    Incident incident;
    // What the finding is about is in its id; with the time, one that goes on after the end is another.
    incident.id = "i_" + finding_id({"incident", finding.id, audit::format_time(finding.time)}).substr(2);
    incident.cluster = finding.cluster;
    incident.opened = opened;
    incident.last = finding.time;
    incident.origin = origin_of(finding);
    incident.only_about = about_of(finding);
    return incident;
}

bool may_hold(const Incident& incident, const Finding& finding) {
    const std::string resource = custom_resource_of(finding);
    if (incident.custom_resource.empty()) return resource.empty() || resource == incident.only_about;
    return incident.custom_resource == about_of(finding);
}

bool may_be_one(const Incident& a, const Incident& b) {
    if (a.custom_resource == b.custom_resource) return true;
    return a.custom_resource.empty() ? a.only_about == b.custom_resource
                                     : b.custom_resource.empty() && b.only_about == a.custom_resource;
}

IncidentTurn take_in(Incident& incident, const Finding& finding, Severity least) {
    const auto [is_new, is_over] = take_part(incident, finding);
    const bool closes_window = finding.kind == kWindowClosed;
    if (finding.severity < least && !closes_window) return IncidentTurn::Grew;

    incident.last = std::max(incident.last, finding.time);
    const bool was_open = closes_window && close_windows(incident, finding);
    const bool is_graver = finding.status == FindingStatus::Firing && finding.severity > incident.severity;
    if (is_graver) incident.severity = finding.severity;
    const bool is_new_actor = incident.actors.add(actor_words(finding));
    const bool is_new_kind = incident.kinds.add(finding.kind);
    incident.objects.add(object_name(finding));
    for (const std::string& technique : finding.mitre) incident.mitre.add(technique);
    if (incident.custom_resource.empty()) incident.custom_resource = custom_resource_of(finding);
    if (incident.only_about != about_of(finding)) incident.only_about.clear();
    lead(incident, finding);
    if (const auto undone = undone_by(finding)) note_undone(incident, *undone);
    tell_step(incident, finding, is_new, is_over);
    if (is_graver || ((is_new_actor || is_new_kind) && finding.severity >= Severity::High && !closes_window))
        return IncidentTurn::Escalated;
    return is_over || was_open ? IncidentTurn::Eased : IncidentTurn::Grew;
}

void take_in(Incident& into, const Incident& other) {
    into.severity = std::max(into.severity, other.severity);
    into.opened = std::min(into.opened, other.opened);
    into.last = std::max(into.last, other.last);
    const std::pair theirs{other.lead_severity, rank_of(other.lead_kind)};
    if (theirs > std::pair{into.lead_severity, rank_of(into.lead_kind)}) {
        take_lead(into, other);
        for (const Undone& undone : into.undone) leave_out(into.first, undone);
    }
    for (const Undone& undone : other.undone) note_undone(into, undone);
    if (into.custom_resource.empty()) into.custom_resource = other.custom_resource;
    if (into.only_about != other.only_about) into.only_about.clear();
    if (!into.acknowledged) into.acknowledged = other.acknowledged;
    add_all(into.actors, other.actors);
    add_all(into.objects, other.objects);
    add_all(into.kinds, other.kinds);
    add_all(into.mitre, other.mitre);
    for (const IncidentPart& part : other.findings) {
        if (part_of(into, part.id) != nullptr) continue;
        if (into.findings.size() < Incident::kMostParts) {
            into.findings.push_back(part);
        } else {
            ++into.findings_more;
        }
    }
    into.findings_more += other.findings_more;
    into.steps_more += other.steps_more;
    for (const IncidentStep& step : other.steps) add_step(into, step);
}

const IncidentPart* part_of(const Incident& incident, const std::string& finding) {
    for (const IncidentPart& part : incident.findings) {
        if (part.id == finding) return &part;
    }
    return nullptr;
}

std::string settled(const Incident& incident, Severity least) {
    bool was_exposed = false, had_resource = false, had_log = false, was_blind = false;
    for (const IncidentPart& part : incident.findings) {
        if (is_deed(part, least)) return {};
        if (!is_condition(part.kind) || part.severity < least) continue;
        if (part.status == FindingStatus::Firing) return {};
        was_exposed |= part.kind == kExposed;
        had_log |= part.kind == "audit-log-stalled";
        was_blind |= part.kind == "audit-blind";
        had_resource |= part.kind.starts_with("crd-");
    }
    if (was_exposed) return "window closed";
    if (had_resource) return "healthy again";
    if (was_blind) return "the log shows it again";
    return had_log ? "the log grows again" : "";
}

audit::Time holds_until(const Incident& incident, Severity least, audit::Duration lasts) {
    audit::Time until{};
    for (const IncidentPart& part : incident.findings) {
        if (!is_condition(part.kind) || part.severity < least || part.status != FindingStatus::Firing)
            continue;
        const bool is_lasting = part.kind == kExposed || part.kind == "audit-blind";
        until = std::max(until, is_lasting ? audit::Time::max() : part.told + lasts);
    }
    return until;
}

// The parts are set aside while the rest is copied: hundreds for each piece of news were a third of the cost
// of an incident that grows.
Incident in_short(Incident& incident) {
    std::vector<IncidentPart> parts = std::exchange(incident.findings, {});
    Incident out = incident;
    incident.findings = std::move(parts);
    out.findings_more += incident.findings.size();
    if (out.steps.size() > 2 * kShortSteps) {
        out.steps_more += out.steps.size() - 2 * kShortSteps;
        out.steps.erase(out.steps.begin() + kShortSteps, out.steps.end() - kShortSteps);
    }
    return out;
}

}  // namespace redshank
