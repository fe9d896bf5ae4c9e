#include "daemon/incidents/book.h"

#include <algorithm>
#include <array>
#include <tuple>
#include <utility>

#include "core/metric/evictions.h"
#include "core/state/row.h"
#include "daemon/incidents/growth.h"
#include "daemon/incidents/said.h"

namespace redshank {

namespace {

constexpr Metric kOpen{"redshank_incidents_open", Metric::Gauge, "severity", "Incidents that are not over."};

std::string quiet_words(audit::Duration quiet) {
    return "quiet for " + audit::format_duration(quiet);
}

News ended(Incident& incident) {
    return {.finding = {}, .incident = in_short(incident), .turn = IncidentTurn::Closed};
}

bool is_older(const Incident& a, const Incident& b) {
    return std::tie(a.opened, a.id) < std::tie(b.opened, b.id);
}

// What is told of a finding after its incident is over, and is more than its last state.
bool goes_on(const Finding& finding, const IncidentPart& part) {
    return finding.status == FindingStatus::Firing &&
           (finding.severity > part.severity || finding.count >= 2 * std::max<uint64_t>(part.count, 1));
}

}  // namespace

void IncidentBook::configure(Settings settings) {
    settings_ = settings;
    incidents_.each([&](const std::string&, const Incident& incident) { schedule(incident); });
}

std::vector<News> IncidentBook::take(const Finding& finding) {
    std::vector<News> news;
    std::vector<Cause> causes = causes_of(finding);
    Incident* home = home_of(finding);
    const bool was_over = home && !home->is_open();
    if (was_over) {
        if (const IncidentPart* part = part_of(*home, finding.id); part && !goes_on(finding, *part)) {
            news.push_back({finding, in_short(*home), IncidentTurn::Grew});
            return news;
        }
        home = nullptr;
    }
    if (!home) join_crowd(finding, causes);
    Incident* incident = choose(finding, home, causes, news);
    const bool is_new = !incident;
    if (is_new && (finding.severity < settings_.least || finding.status != FindingStatus::Firing)) {
        news.push_back({finding, std::nullopt, IncidentTurn::Grew});
        return news;
    }
    if (is_new) incident = &open(finding, was_over ? finding.time : finding.first_seen, news);
    const bool is_merged = !is_new && !news.empty();
    news.push_back(grow(*incident, finding, causes, is_new, is_merged));
    return news;
}

News IncidentBook::grow(Incident& incident, const Finding& finding, const std::vector<Cause>& causes,
                        bool is_new, bool is_merged) {
    incidents_.change(incident.id);
    IncidentTurn turn = take_in(incident, finding, settings_.least);
    if (is_new) {
        turn = IncidentTurn::Opened;
    } else if (is_merged) {
        turn = IncidentTurn::Escalated;
    }
    if (part_of(incident, finding.id) != nullptr) home_[finding.id] = incident.id;
    if (finding.severity >= settings_.least) leave(causes, incident, finding);
    if (std::string because = settled(incident, settings_.least); !because.empty()) {
        end(incident, incident.last, std::move(because));
        turn = IncidentTurn::Closed;
    } else {
        schedule(incident);
    }
    return {finding, in_short(incident), turn};
}

Incident* IncidentBook::home_of(const Finding& finding) {
    const auto at = home_.find(finding.id);
    return at == home_.end() ? nullptr : incidents_.find_quietly(at->second);
}

// Ids of open incidents that have a cause in common with it: people's stories first, of these the oldest.
std::vector<std::string> IncidentBook::candidates(const Finding& finding,
                                                  const std::vector<Cause>& causes) const {
    std::vector<const Incident*> found;
    for (const Cause& cause : causes) {
        if (!cause.is_sought || (finding.severity < settings_.least && !cause.is_sure)) continue;
        const CauseRow* row = causes_.find(cause.key);
        if (!row || (!cause.is_sure && finding.time - row->last > settings_.quiet)) continue;
        const Incident* incident = incidents_.find(row->incident);
        while (incident && !incident->joined.empty()) incident = incidents_.find(incident->joined);
        if (!incident || !incident->is_open()) continue;
        if (std::find(found.begin(), found.end(), incident) == found.end()) found.push_back(incident);
    }
    std::sort(found.begin(), found.end(), [&](const Incident* a, const Incident* b) {
        const bool is_of_one = !a->custom_resource.empty(), is_of_other = !b->custom_resource.empty();
        return is_of_one == is_of_other ? is_older(*a, *b) : is_of_other;
    });
    std::vector<std::string> ids;
    for (const Incident* incident : found) ids.push_back(incident->id);
    return ids;
}

// When an anonymous caller would begin an incident, and too many have.
void IncidentBook::join_crowd(const Finding& finding, std::vector<Cause>& causes) const {
    std::optional<Cause> crowd = crowd_of(finding);
    if (!crowd || !candidates(finding, causes).empty()) return;
    size_t open = 0;
    incidents_.each([&](const std::string&, const Incident& incident) {
        open +=
            incident.is_open() && incident.cluster == finding.cluster && !incident.origin.source_ip.empty();
    });
    if (open >= kMostStrangers) causes = {std::move(*crowd)};
}

// Where it goes; null when nowhere. What turns out to be one becomes one, in the oldest.
Incident* IncidentBook::choose(const Finding& finding, Incident* home, const std::vector<Cause>& causes,
                               std::vector<News>& news) {
    const bool joins_several = finding.severity >= settings_.least;
    Incident* chosen = home;
    for (const std::string& id : candidates(finding, causes)) {
        Incident* const other = incidents_.find_quietly(id);
        if (other == chosen || !may_hold(*other, finding)) continue;
        if (!chosen) {
            chosen = other;
        } else if (joins_several && may_be_one(*chosen, *other)) {
            const bool is_first = is_older(*chosen, *other);
            Incident* const older = is_first ? chosen : other;
            merge(*older, is_first ? *other : *chosen, finding.time, news);
            chosen = older;
        }
    }
    return chosen;
}

Incident& IncidentBook::open(const Finding& finding, audit::Time opened, std::vector<News>& news) {
    Incident fresh = begin_incident(finding, opened);
    Incident& incident = incidents_.change(fresh.id, [&](const std::string& id, const Incident& gone) {
        unschedule(gone);
        for (const IncidentPart& part : gone.findings) {
            if (const auto home = home_.find(part.id); home != home_.end() && home->second == id)
                home_.erase(home);
        }
        if (!gone.is_open()) return;
        Incident last = gone;
        last.state = IncidentState::Closed;
        last.closed = finding.time;
        last.closed_because = "too many incidents are open: the least of them make room";
        news.push_back(ended(last));
    });
    return incident = std::move(fresh);
}

void IncidentBook::merge(Incident& into, Incident& from, audit::Time now, std::vector<News>& news) {
    incidents_.change(into.id);
    take_in(into, from);
    know_parts(into);
    from.joined = into.id;
    end(from, std::max(from.last, now), "joined " + into.id);
    news.push_back(ended(from));
    from.findings.clear();  // they are told there
    from.steps.clear();
}

void IncidentBook::know_parts(const Incident& incident) {
    for (const IncidentPart& part : incident.findings) home_[part.id] = incident.id;
}

void IncidentBook::leave(const std::vector<Cause>& causes, const Incident& incident, const Finding& finding) {
    for (const Cause& cause : causes) {
        if (!cause.is_left) continue;
        CauseRow& row = causes_.change(cause.key);
        row.incident = incident.id;
        row.last = std::max(row.last, finding.time);
    }
}

void IncidentBook::end(Incident& incident, audit::Time time, std::string because) {
    incidents_.change(incident.id);
    unschedule(incident);
    incident.state = IncidentState::Closed;
    incident.closed = time;
    incident.closed_because = std::move(because);
}

audit::Time IncidentBook::due_of(const Incident& incident) const {
    const audit::Time until = holds_until(incident, settings_.least, kConditionLasts);
    return until == audit::Time::max() ? until : std::max(until, incident.last + settings_.quiet);
}

void IncidentBook::schedule(const Incident& incident) {
    unschedule(incident);
    const audit::Time due = incident.is_open() ? due_of(incident) : audit::Time::max();
    if (due == audit::Time::max()) return;
    due_[incident.cluster].emplace(due, incident.id);
    due_at_.emplace(incident.id, due);
}

void IncidentBook::unschedule(const Incident& incident) {
    const auto at = due_at_.find(incident.id);
    if (at == due_at_.end()) return;
    const auto all = due_.find(incident.cluster);
    all->second.erase({at->second, incident.id});
    if (all->second.empty()) due_.erase(all);
    due_at_.erase(at);
}

void IncidentBook::end_quiet(const std::string& cluster, audit::Time now, std::vector<News>& news) {
    const std::string name = cluster;  // the entry goes with its last incident
    for (auto all = due_.find(name); all != due_.end() && all->second.begin()->first <= now;
         all = due_.find(name)) {
        const auto [due, id] = *all->second.begin();
        Incident& incident = *incidents_.find_quietly(id);
        end(incident, due, quiet_words(settings_.quiet));
        news.push_back(ended(incident));
    }
}

void IncidentBook::load(const StateReader& state) {
    std::vector<const Incident*> all;
    incidents_.load(state, "", [](const std::string& id, const Incident& incident) {
        return id == incident.id && incident.is_open() == !incident.closed;
    });
    incidents_.each([&](const std::string&, const Incident& incident) { all.push_back(&incident); });
    const auto end_of = [](const Incident* incident) {
        return std::tuple(incident->closed.value_or(audit::Time::max()), incident->opened, incident->id);
    };
    std::sort(all.begin(), all.end(),
              [&](const Incident* a, const Incident* b) { return end_of(a) < end_of(b); });
    for (const Incident* incident : all) {  // a finding that went on after an end is where it went on
        know_parts(*incident);
        schedule(*incident);
    }
    causes_.load(state);
}

void IncidentBook::save(StateWriter& state) {
    incidents_.save(state);
    causes_.save(state);
    for (const std::string& key : std::exchange(answered_, {})) state.erase(kSaidTable, key);
}

void IncidentBook::refresh(const StateReader& state, std::vector<News>& news) {
    std::vector<std::pair<std::string, SaidOfIncident>> all;
    each_said(state, [&](std::string_view key, SaidOfIncident said) {
        all.emplace_back(std::string(key), std::move(said));
    });
    for (auto& [key, said] : all) {
        if (std::find(answered_.begin(), answered_.end(), key) != answered_.end()) continue;
        answered_.push_back(key);
        Incident* incident = incidents_.find_quietly(said.incident);
        if (!incident || !incident->is_open()) continue;
        if (said.what == SaidOfIncident::What::Close) {
            end(*incident, std::max(incident->last, said.note.time),
                "closed by " + said.note.by + ": " + said.note.because);
            news.push_back(ended(*incident));
        } else {
            incidents_.change(incident->id);
            incident->acknowledged = std::move(said.note);
        }
    }
}

std::vector<const Incident*> IncidentBook::gravest_open(size_t most) const {
    std::vector<const Incident*> out;
    each([&](const Incident& incident) {
        if (incident.is_open()) out.push_back(&incident);
    });
    const auto is_before = [](const Incident* a, const Incident* b) {
        return std::tie(b->severity, b->opened, a->id) < std::tie(a->severity, a->opened, b->id);
    };
    const size_t kept = std::min(most, out.size());
    std::partial_sort(out.begin(), out.begin() + static_cast<ptrdiff_t>(kept), out.end(), is_before);
    out.resize(kept);
    return out;
}

void IncidentBook::measure(MetricWriter& metrics) const {
    std::array<size_t, kSeverityWords.size()> open{};
    incidents_.each([&](const std::string&, const Incident& incident) {
        if (incident.is_open()) ++open[static_cast<size_t>(incident.severity)];
    });
    for (size_t i = 0; i < open.size(); ++i)
        metrics.set(kOpen, {{"severity", std::string(kSeverityWords[i])}}, open[i]);
    count_evictions(metrics, incidents_.name(), incidents_.evictions());
    count_evictions(metrics, causes_.name(), causes_.evictions());
}

}  // namespace redshank
