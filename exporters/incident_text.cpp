#include "exporters/incident_text.h"

#include <algorithm>

#include "core/finding/text.h"
#include "exporters/finding_text.h"
#include "exporters/message.h"

namespace redshank {

namespace {

constexpr size_t kIndent = 4, kLabel = 8, kText = 1200, kName = 120;

// Characters, not bytes: good enough for lines of which the names are mostly ASCII.
size_t columns(std::string_view text) {
    return static_cast<size_t>(std::count_if(
        text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

// Words on lines of `width`; the first begins with `label`, the others below its text.
std::string wrapped(std::string label, std::string_view text, size_t width) {
    label.resize(std::max(label.size(), kLabel), ' ');
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

std::string names(const FirstNames& all) {
    constexpr size_t kShown = 6;
    std::string out;
    for (size_t i = 0; i < std::min(all.names.size(), kShown); ++i)
        out += (out.empty() ? "" : "; ") + fit(all.names[i], kName);
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
    const char* label = "do first";
    for (const std::string& line : first_lines(message, kText, Shown::Exact)) {
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
        out += wrapped(clock_of(steps[i].time), " " + fit_exact(steps[i].text, kText), width);
    }
    return out;
}

}  // namespace

std::string state_words(const Incident& incident) {
    if (incident.closed) {
        return "closed after " + audit::format_duration(*incident.closed - incident.opened) + ": " +
               fit(incident.closed_because, kName);
    }
    if (incident.acknowledged) return "acknowledged by " + fit(incident.acknowledged->by, kName);
    return "open";
}

std::string incident_text(const Incident& incident, size_t width, std::string_view ago) {
    std::string out = upper(to_string(incident.severity));
    out.resize(std::max<size_t>(out.size(), 9), ' ');
    out += incident.short_id() + "  " + short_time(incident.opened);
    if (!ago.empty()) out.append(" (").append(ago).append(")");
    if (!incident.cluster.empty()) out += "  " + fit(incident.cluster, kName);
    out += "  " + state_words(incident) + '\n';
    out += wrapped("", fit_exact(incident.summary.empty() ? incident.title : incident.summary, kText), width);
    out += advice_text(incident, width);
    if (const std::string who = names(incident.actors); !who.empty()) out += wrapped("who", who, width);
    if (const std::string what = names(incident.objects); !what.empty()) out += wrapped("what", what, width);
    if (incident.steps.size() > 1) out += steps_text(incident, width);
    const uint64_t findings = incident.findings.size() + incident.findings_more;
    return out + wrapped("", std::to_string(findings) + (findings == 1 ? " finding" : " findings"), width);
}

}  // namespace redshank
