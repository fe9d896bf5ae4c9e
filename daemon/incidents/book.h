#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "core/incident/news.h"
#include "core/metric/metric_writer.h"
#include "core/state/bounded_table.h"
#include "daemon/incidents/cause.h"
#include "daemon/incidents/settings.h"

namespace redshank {

// Decides which incident each finding belongs to, and when an incident is over. Knows event time only, and
// each cluster's by itself: the same findings in the same order make the same incidents, however the daemon
// was stopped between them. Pipeline thread only.
//
// A finding joins the oldest open incident with which it has a cause in common (cause.h); when it has one
// with several, they were one all along: the younger end with "joined i_…". Findings below `least` begin
// nothing and join only what they surely belong to: what programs do every day is no story.
//
// Two custom resources are never in one incident, whatever they share.
class IncidentBook {
  public:
    using Settings = IncidentSettings;
    static constexpr size_t kMostIncidents = 2000, kMostCauses = 50'000;
    // Open incidents that anonymous callers began in one cluster; those beyond are one of each severity.
    static constexpr size_t kMostStrangers = 32;
    // A custom resource of which nothing was told for so long is not known to fail any longer.
    static constexpr audit::Duration kConditionLasts = std::chrono::hours{24 * 7};

    IncidentBook() = default;
    explicit IncidentBook(Settings settings) : settings_(settings) {}
    // For what comes from now on.
    void configure(Settings settings);

    // The news of this finding is the last; before it the ends of incidents that it showed to be part of
    // another.
    std::vector<News> take(const Finding& finding);
    // Appends the ends of incidents that have been quiet, by this time of the cluster's log.
    void advance(std::string_view cluster, audit::Time now, std::vector<News>& news) {
        if (const auto due = due_.find(cluster); due != due_.end() && due->second.begin()->first <= now)
            end_quiet(due->first, now, news);
    }

    template <class Visit>
    void each(Visit visit) const {
        incidents_.each([&](const std::string&, const Incident& incident) { visit(incident); });
    }

    void load(const StateReader& state);
    void save(StateWriter& state);
    // What people have said by command: ends the incidents that they closed, appends that. May throw.
    void refresh(const StateReader& state, std::vector<News>& news);
    void measure(MetricWriter& metrics) const;
    // The gravest first, and of those the newest. They live until the next change.
    std::vector<const Incident*> gravest_open(size_t most) const;

  private:
    struct CauseRow {
        std::string incident;
        audit::Time last{};

        template <class V>
        void describe(V& v) {
            v.must("incident", incident);
            v.must("last", micros(last));
        }
        friend audit::Time worth(const CauseRow& row) { return row.last; }
    };

    Incident* home_of(const Finding& finding);
    std::vector<std::string> candidates(const Finding& finding, const std::vector<Cause>& causes) const;
    void join_crowd(const Finding& finding, std::vector<Cause>& causes) const;
    Incident* choose(const Finding& finding, Incident* home, const std::vector<Cause>& causes,
                     std::vector<News>& news);
    Incident& open(const Finding& finding, audit::Time opened, std::vector<News>& news);
    News grow(Incident& incident, const Finding& finding, const std::vector<Cause>& causes, bool is_new,
              bool is_merged);
    void merge(Incident& into, Incident& from, audit::Time now, std::vector<News>& news);
    void leave(const std::vector<Cause>& causes, const Incident& incident, const Finding& finding);
    void know_parts(const Incident& incident);
    void end(Incident& incident, audit::Time time, std::string because);
    void end_quiet(const std::string& cluster, audit::Time now, std::vector<News>& news);
    void schedule(const Incident& incident);
    void unschedule(const Incident& incident);
    audit::Time due_of(const Incident& incident) const;

    Settings settings_;
    BoundedTable<Incident, OrderedText> incidents_{"incidents.incidents", kMostIncidents};  // by id
    BoundedTable<CauseRow> causes_{"incidents.causes", kMostCauses};
    std::unordered_map<std::string, std::string> home_;  // finding → incident
    std::map<std::string, std::set<std::pair<audit::Time, std::string>>, std::less<>> due_;  // by cluster
    std::unordered_map<std::string, audit::Time> due_at_;                                    // by incident
    std::vector<std::string> answered_;  // rows of what people said, until the next save()
};

}  // namespace redshank
