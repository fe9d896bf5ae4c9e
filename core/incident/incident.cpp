#include "core/incident/incident.h"

#include <algorithm>
#include <array>

#include "core/finding/finding_json.h"

namespace redshank {

namespace json = boost::json;

namespace {

json::array texts(const std::vector<std::string>& list) {
    json::array out;
    for (const std::string& text : list) out.emplace_back(text);
    return out;
}

json::array steps_json(const Incident& incident) {
    json::array out;
    for (const IncidentStep& step : incident.steps) {
        out.push_back(
            {{"time", audit::format_time(step.time)}, {"text", step.text}, {"finding", step.finding}});
    }
    return out;
}

}  // namespace

std::span<const std::string_view> words_of(IncidentState) {
    static constexpr std::array<std::string_view, 2> kStates{"open", "closed"};
    return kStates;
}

std::string_view to_string(IncidentState state) {
    return words_of(state)[static_cast<size_t>(state)];
}

IncidentOrigin origin_of(const Finding& finding) {
    IncidentOrigin out{.detector = finding.detector,
                       .kind = finding.kind,
                       .user = finding.who().user,
                       .source_ip = {},
                       .namespace_ = finding.what().namespace_,
                       .resource = finding.what().resource};
    if (finding.actor && finding.actor->is_anonymous()) out.source_ip = finding.actor->source_ip;
    return out;
}

bool FirstNames::add(const std::string& name) {
    if (name.empty() || std::find(names.begin(), names.end(), name) != names.end()) return false;
    if (names.size() < kMost) {
        names.push_back(name);
        return true;
    }
    ++more;
    return false;
}

void add_step(Incident& incident, IncidentStep step) {
    constexpr size_t kEnd = Incident::kStepsAtEachEnd;
    std::vector<IncidentStep>& steps = incident.steps;
    const auto place =
        std::upper_bound(steps.begin(), steps.end(), step,
                         [](const IncidentStep& a, const IncidentStep& b) { return a.time < b.time; });
    steps.insert(place, std::move(step));
    if (steps.size() <= 2 * kEnd) return;
    steps.erase(steps.begin() + static_cast<std::ptrdiff_t>(kEnd));
    ++incident.steps_more;
}

json::object json_of(const Incident& incident, const std::vector<Evidence>* evidence) {
    json::array ids;
    for (const IncidentPart& part : incident.findings) ids.emplace_back(part.id);
    json::object out{
        {"id", incident.id},
        {"state", to_string(incident.state)},
        {"opened", audit::format_time(incident.opened)},
        {"closed", incident.closed ? json::value(audit::format_time(*incident.closed)) : json::value()},
        {"last", audit::format_time(incident.last)},
        {"severity", to_string(incident.severity)},
        {"title", incident.title},
        {"summary", incident.summary},
        {"cluster", incident.cluster},
        {"actors", texts(incident.actors.names)},
        {"objects", texts(incident.objects.names)},
        {"kinds", texts(incident.kinds.names)},
        {"mitre", texts(incident.mitre.names)},
        {"findings", std::move(ids)},
        {"findings_more", incident.findings_more},
        {"steps", steps_json(incident)},
        {"steps_more", incident.steps_more},
        {"closed_because", incident.closed_because}};
    if (!incident.joined.empty()) out["joined"] = incident.joined;
    if (incident.acknowledged) {
        out["acknowledged"] = {{"time", audit::format_time(incident.acknowledged->time)},
                               {"by", incident.acknowledged->by},
                               {"because", incident.acknowledged->because}};
    }
    if (evidence) {
        json::array events;
        for (const Evidence& event : *evidence) events.emplace_back(json_of(event));
        out["evidence"] = std::move(events);
    }
    return out;
}

}  // namespace redshank
