#include "daemon/questions/incidents.h"

#include <algorithm>

#include "core/state/row.h"
#include "daemon/incidents/said.h"

namespace redshank {

namespace {

// "bob" is in "bob", "bob (through teleport)" and "system:anonymous from 192.0.2.7".
bool has_actor(const Incident& incident, const std::string& user) {
    return std::any_of(incident.actors.names.begin(), incident.actors.names.end(),
                       [&](const std::string& name) { return name == user || name.starts_with(user + ' '); });
}

bool matches(const Incident& incident, const IncidentsFilter& filter) {
    return incident.joined.empty() && (!filter.only_open || incident.is_open()) &&
           (!filter.since || incident.last >= *filter.since) &&
           (filter.cluster.empty() || incident.cluster == filter.cluster) &&
           (filter.user.empty() || has_actor(incident, filter.user)) && incident.severity >= filter.least;
}

}  // namespace

std::vector<Incident> incidents(const StateReader& state, const IncidentsFilter& filter) {
    std::vector<Incident> out;
    load_rows<Incident>(state, kIncidentTable, "", [&](std::string_view, Incident incident) {
        if (matches(incident, filter)) out.push_back(std::move(incident));
    });
    std::sort(out.begin(), out.end(), [](const Incident& a, const Incident& b) {
        return std::tie(a.last, a.id) > std::tie(b.last, b.id);
    });
    return out;
}

void KnownIncidents::refresh(const StateReader& state) {
    ++refreshes_;
    state.scan(kIncidentTable, "", [&](std::string_view key, std::string_view text) {
        Known& known = all_[std::string(key)];
        const size_t mark = std::hash<std::string_view>{}(text);
        if (known.seen == 0 || known.mark != mark) {
            auto incident = read_row<Incident>(text);
            if (!incident) return;
            known.incident = std::move(*incident);
            known.mark = mark;
        }
        known.seen = refreshes_;
    });
    std::erase_if(all_, [&](const auto& one) { return one.second.seen != refreshes_; });
}

std::vector<const Incident*> KnownIncidents::matching(const IncidentsFilter& filter) const {
    std::vector<const Incident*> out;
    for (const auto& [key, known] : all_) {
        if (matches(known.incident, filter)) out.push_back(&known.incident);
    }
    std::sort(out.begin(), out.end(), [](const Incident* a, const Incident* b) {
        return std::tie(a->last, a->id) > std::tie(b->last, b->id);
    });
    return out;
}

std::vector<Incident> incidents_called(const StateReader& state, std::string_view id) {
    std::vector<Incident> out;
    load_rows<Incident>(state, kIncidentTable, std::string(id),
                        [&](std::string_view, Incident incident) { out.push_back(std::move(incident)); });
    return out;
}

}  // namespace redshank
