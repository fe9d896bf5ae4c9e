#include "exporters/message.h"

#include <algorithm>

#include "core/finding/advice.h"
#include "exporters/finding_text.h"

namespace redshank {

namespace {

constexpr size_t kNames = 4, kSteps = 3;  // shown of a list, at each end of the steps

std::string names(const FirstNames& all) {
    std::string out;
    const size_t shown = std::min(all.names.size(), kNames);
    for (size_t i = 0; i < shown; ++i) out += (i == 0 ? "" : "; ") + all.names[i];
    const uint64_t more = all.names.size() - shown + all.more;
    if (more > 0) out += "; and " + std::to_string(more) + " more";
    return out;
}

std::string lasted(const Incident& incident) {
    return audit::format_duration(incident.closed.value_or(incident.last) - incident.opened);
}

std::string word_of(const Alert& alert) {
    if (alert.incident && alert.status == FindingStatus::Resolved)
        return "Closed after " + lasted(*alert.incident);
    if (alert.status == FindingStatus::Resolved) return "Resolved";
    std::string out = capital(to_string(alert.severity));
    if (alert.incident && alert.turn == IncidentTurn::Escalated) out += ", escalated";
    return out;
}

std::vector<std::string> steps_of(const Incident& incident) {
    std::vector<std::string> out;
    const std::vector<IncidentStep>& all = incident.steps;
    const uint64_t left_out = incident.steps_more + (all.size() > 2 * kSteps ? all.size() - 2 * kSteps : 0);
    for (size_t i = 0; i < all.size(); ++i) {
        const bool is_at_end = i < kSteps || i + kSteps >= all.size();
        if (is_at_end) out.push_back(short_time(all[i].time) + " " + all[i].text);
        if (i + 1 == kSteps && left_out > 0) out.push_back("… " + std::to_string(left_out) + " more");
    }
    return out;
}

class Facts {
  public:
    explicit Facts(MessageText::Named& out) : out_(out) {}
    void operator()(const char* name, const std::string& value) const {
        if (!value.empty()) out_.emplace_back(name, value);
    }

  private:
    MessageText::Named& out_;
};

void add_incident(MessageText& out, const Incident& incident, bool is_over) {
    out.title = incident.title;
    out.what = incident.summary.empty() ? incident.title : incident.summary;
    if (is_over) {
        out.what = capital(incident.closed_because) + ". It was: " + out.what;
    } else if (!incident.lead_kind.empty()) {
        // A row of an older version says nothing of it.
        out.matters = incident.matters.empty() ? advice_for(incident.lead_kind).why : incident.matters;
        const size_t count = std::min(incident.first.size(), kFirstSteps);
        out.first.assign(incident.first.begin(), incident.first.begin() + static_cast<std::ptrdiff_t>(count));
    }
    const Facts fact(out.facts);
    fact("Who", names(incident.actors));
    fact("What", names(incident.objects));
    fact("From", incident.from);
    fact("With", incident.with);
    fact("Allowed by", incident.grant);
    fact("Cluster", incident.cluster);
    fact("Since", short_time(incident.opened));
    if (!is_over && incident.last > incident.opened) fact("Last", short_time(incident.last));
    if (const uint64_t all = incident.findings.size() + incident.findings_more; all > 1)
        fact("Findings", std::to_string(all));
    if (incident.acknowledged) fact("Acknowledged by", incident.acknowledged->by);
    out.steps = steps_of(incident);
}

// People have read already what it was: what makes it graver comes first.
void lead_with_news(MessageText& out, const Alert& alert) {
    const std::string& news = alert.finding.summary;
    const bool is_escalated =
        alert.turn == IncidentTurn::Escalated && alert.status != FindingStatus::Resolved;
    if (is_escalated && !news.empty() && news != out.what) out.what = news + " Before: " + out.what;
}

// A kind that is in no row is the id of a rule, or no finding of a detector (a test, a heartbeat).
bool has_advice(const Finding& finding) {
    return finding.detector == "rule" || advice_for(finding.kind).kind == finding.kind;
}

void add_finding(MessageText& out, const Finding& finding) {
    out.title = finding.title;
    out.what = finding.summary;
    if (finding.status != FindingStatus::Resolved && has_advice(finding)) {
        out.matters = why_it_matters(finding);
        out.first = first_steps(finding);
    }
    const Facts fact(out.facts);
    fact("Who", actor_name(finding));
    std::string what = finding.verb;
    if (const std::string object = object_name(finding); !object.empty())
        what += (what.empty() ? "" : " ") + object;
    if (finding.code != 0) what += " → " + std::to_string(finding.code);
    fact("What", what);
    fact("From", finding.who().source_ip);
    fact("With", finding.who().user_agent);
    fact("Allowed by", finding.grant);
    fact("Cluster", finding.cluster);
    if (finding.first_seen != audit::Time{}) fact("Since", short_time(finding.first_seen));
    if (finding.count > 1)
        fact("Events", std::to_string(finding.count) + ", last " + short_time(finding.last_seen));
}

}  // namespace

MessageText message_of(const Incident& incident) {
    MessageText out;
    add_incident(out, incident, !incident.is_open());
    if (incident.is_open()) return out;
    for (const Step& step : incident.first) {
        if (step.command.empty() && out.first.size() < kFirstSteps) out.first.push_back(step);
    }
    return out;
}

MessageText message_of(const Alert& alert) {
    MessageText out{.word = (alert.test ? "TEST " : "") + word_of(alert)};
    if (alert.incident) {
        add_incident(out, *alert.incident, alert.status == FindingStatus::Resolved);
        lead_with_news(out, alert);
    } else {
        add_finding(out, alert.finding);
    }
    for (const Reason& reason : alert.finding.reasons) out.because.push_back(reason.text);
    const Facts link(out.links);
    link("Runbook", alert.runbook);
    link("Dashboard", alert.dashboard);
    const std::string& cluster = alert.finding.cluster;
    out.push = upper(out.word) + (cluster.empty() ? "" : " " + cluster) + " · " +
               (out.what.empty() ? out.title : out.what);
    return out;
}

std::vector<std::string> first_lines(const MessageText& message, size_t limit, Shown shown) {
    const auto fitted = [shown](const std::string& text, size_t most) {
        if (shown == Shown::Exact) return fit_exact(text, most);
        return fit(text, most, shown == Shown::Slack ? Escape::Slack : Escape::None);
    };
    std::vector<std::string> out;
    for (const Step& step : message.first) {
        const std::string text =
            step.command.empty() ? step.purpose : step.command + " (" + step.purpose + ")";
        const size_t ample = 8 * text.size() + 32;
        const std::string line = fitted(text, limit);
        const bool is_whole = line == fitted(text, ample);
        const bool is_same = shown == Shown::Exact || fit(text, ample) == text;
        if (!step.command.empty() && (!is_whole || !is_same)) continue;
        out.push_back(std::to_string(out.size() + 1) + ". " + line);
    }
    return out;
}

}  // namespace redshank
