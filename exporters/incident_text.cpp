#include "exporters/incident_text.h"

#include <algorithm>

#include "core/finding/text.h"
#include "exporters/finding_text.h"
#include "exporters/message.h"

namespace redshank {

namespace {

constexpr size_t kIndent = 4, kLabelWidth = 8, kCell = 1200, kNameBytes = 120;

// Characters, not bytes: good enough for lines of which the names are mostly ASCII.
size_t columns(std::string_view text) {
    return static_cast<size_t>(std::count_if(
        text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

// Words on lines of `width`; the first begins with `label`, the others below its text.
std::string wrapped(std::string label, std::string_view text, size_t width) {
    label.resize(std::max(label.size(), kLabelWidth), ' ');
    std::string out = std::string(kIndent, ' ') + label;
    size_t used = columns(out);
    const size_t margin = used;
    bool is_first = true;
    while (!text.empty()) {
        const std::string_view word = text.substr(0, text.find(' '));
        text.remove_prefix(std::min(word.size() + 1, text.size()));
        if (!is_first && used + 1 + columns(word) > width) {
            out += '\n' + std::string(margin, ' ');
            used = margin;
            is_first = true;
        }
        if (!is_first) out += ' ';
        out += word;
        used += columns(word) + (is_first ? 0 : 1);
        is_first = false;
    }
    return out + '\n';
}

std::string listed(const FirstNames& all) {
    constexpr size_t kShown = 6;
    std::string out;
    for (size_t i = 0; i < std::min(all.names.size(), kShown); ++i)
        out += (out.empty() ? "" : "; ") + fit(all.names[i], kNameBytes);
    const uint64_t more = all.names.size() - std::min(all.names.size(), kShown);
    if (more + all.more > 0) out += "; and more";
    return out;
}

std::string clock_of(audit::Time time) {
    return audit::format_time(time).substr(11, 8);
}

// Not the command that shows what the reader sees already.
std::string advice_text(const Incident& incident, size_t width) {
    MessageText message = message_of(incident);
    std::erase_if(message.first,
                  [](const Step& step) { return step.command.starts_with("redshank incident "); });
    std::string out = message.matters.empty() ? "" : wrapped("why", message.matters, width);
    const char* label = incident.is_open() ? "do first" : "left";
    for (const std::string& line : first_lines(message, kCell, Shown::Exact)) {
        out += wrapped(label, " " + line, width);
        label = "";
    }
    return out;
}

std::string steps_text(const Incident& incident, size_t width) {
    std::string out;
    const std::vector<IncidentStep>& steps = incident.steps;
    for (size_t i = 0; i < steps.size(); ++i) {
        if (i == Incident::kStepsAtEachEnd && incident.steps_more > 0)
            out += wrapped("", "… " + std::to_string(incident.steps_more) + " more", width);
        out += wrapped(clock_of(steps[i].time), " " + fit_exact(steps[i].text, kCell), width);
    }
    return out;
}

// "CRITICAL i_4k2mab  2026-01-05 10:00:03Z  prod-eu  open".
std::string head_line(const Incident& incident, const std::string& time, const std::string& state) {
    std::string out = upper(to_string(incident.severity));
    out.resize(std::max<size_t>(out.size(), 9), ' ');
    out += incident.short_id() + "  " + time;
    if (!incident.cluster.empty()) out += "  " + fit(incident.cluster, kNameBytes);
    return out + "  " + state + '\n';
}

// "3 findings: secret-read-unprotected, secret-exposed".
std::string findings_words(const Incident& incident) {
    const uint64_t findings = incident.findings.size() + incident.findings_more;
    std::string out = std::to_string(findings) + (findings == 1 ? " finding" : " findings");
    for (size_t i = 0; i < incident.kinds.names.size(); ++i)
        out += (i == 0 ? ": " : ", ") + fit(incident.kinds.names[i], kNameBytes);
    return out;
}

}  // namespace

std::string state_words(const Incident& incident) {
    if (incident.closed) {
        return "closed after " + audit::format_duration(*incident.closed - incident.opened) + ": " +
               fit(incident.closed_because, kNameBytes);
    }
    if (incident.acknowledged) return "acknowledged by " + fit(incident.acknowledged->by, kNameBytes);
    return "open";
}

std::string incident_text(const Incident& incident, size_t width, std::string_view ago) {
    std::string opened = short_time(incident.opened);
    if (!ago.empty()) opened.append(" (").append(ago).append(")");
    std::string out = head_line(incident, opened, state_words(incident));
    out += wrapped("", fit_exact(incident.summary.empty() ? incident.title : incident.summary, kCell), width);
    out += advice_text(incident, width);
    if (const std::string who = listed(incident.actors); !who.empty()) out += wrapped("who", who, width);
    if (const std::string what = listed(incident.objects); !what.empty()) out += wrapped("what", what, width);
    if (incident.steps.size() > 1) out += steps_text(incident, width);
    return out + wrapped("", findings_words(incident), width);
}

std::string incident_news(const Alert& alert, size_t width) {
    const Incident& incident = *alert.incident;
    const Finding& finding = alert.finding;
    if (alert.status == FindingStatus::Resolved) {
        return head_line(incident, short_time(incident.closed.value_or(incident.last)),
                         state_words(incident)) +
               wrapped("", fit_exact("It was: " + incident.summary, kCell), width);
    }
    std::string out = head_line(incident, short_time(finding.time),
                                std::string(to_string(alert.turn)) + " by " + fit(finding.kind, kNameBytes));
    const bool is_over = finding.status == FindingStatus::Resolved;
    const std::string what = finding.summary.empty() ? finding.title : finding.summary;
    out += wrapped("", fit_exact((is_over ? "Over: " : "") + what, kCell), width);
    if (!alert.is_summary()) return out;
    std::string more = "with " + std::to_string(alert.findings - 1) + " more";
    for (const Tally& kind : alert.kinds)
        more += (&kind == &alert.kinds.front() ? ": " : ", ") + fit(kind.value, kNameBytes);
    return out + wrapped("", more, width);
}

}  // namespace redshank
