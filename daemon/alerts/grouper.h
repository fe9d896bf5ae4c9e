#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "core/finding/finding_json.h"
#include "core/incident/news.h"
#include "core/state/bounded_table.h"
#include "core/state/key.h"
#include "exporters/alert.h"

namespace redshank {

// Decides, for one receiver, when findings become messages and how many go into one. It has no clock: the
// caller passes the time. Bounded; survives restarts as rows of the table alerts.groups.
//
// A group is an incident, or (by other fields) the findings with equal values of these. Its first message
// waits `wait` for others to join, or not at all when critical. Later findings wait until `interval` after
// the last message and go as one summary. A finding that is more severe than all reported so far, another
// turn of the incident, or the end of the group goes at once.
class Grouper {
  public:
    struct Settings {
        std::vector<std::string> by;  // fields (fields.h)
        audit::Duration wait{}, interval{}, repeat{};
        size_t burst = 1;           // findings that are sent alone in an interval before they are summarised
        bool keep_sending = false;  // repeat until over, and the resolved state for 5 minutes (Alertmanager)
        bool each_finding = false;  // nothing is grouped; an incident is known for its end only (journald)
        audit::Duration expire_after = std::chrono::hours{1};
    };
    // New groups in an interval; beyond, everything goes into one group of the cluster until the interval is
    // over: an attacker with a thousand names makes no thousand messages.
    static constexpr size_t kNewGroups = 20;
    static constexpr size_t kMaxGroups = 2000, kMaxFindings = 500, kMaxTallied = 500, kMaxFolded = 2000;

    // `receiver` names the rows in the store.
    Grouper(std::string receiver, Settings settings);
    // Applies to new findings; groups that were formed by other fields expire.
    void configure(Settings settings) { settings_ = std::move(settings); }
    // Forgets every group; the next save() takes away their rows.
    void clear();

    // Appends to `out` what is to be sent now.
    void accept(const News& news, audit::Time now, std::vector<Alert>& out);
    // By the field "incident": one group is one incident, from its beginning to its end.
    bool is_by_incident() const { return has_field("incident"); }
    // A finding was kept back; the next message says how many were.
    void mute() { ++muted_; }
    // Appends what has become due.
    void turn(audit::Time now, std::vector<Alert>& out);
    // Appends everything that waits, due or not.
    void tell_all(audit::Time now, std::vector<Alert>& out);
    audit::Time due() const;  // Time::max(): never

    size_t groups() const { return groups_.size(); }
    uint64_t evictions() const { return groups_.evictions(); }

    // The host's clock may have stepped back since: nothing waits longer than it would have.
    void load(const StateReader& state, audit::Time now);
    void save(StateWriter& state) {
        groups_.save(state, prefix());
        has_overflowed_ = false;
    }
    bool changed() const { return groups_.has_changed(); }
    // Since the last save() a group was one too many. The rows do not say how many were new in an interval:
    // after a restart the same findings would be told otherwise.
    bool has_overflowed() const { return has_overflowed_; }

  private:
    struct Known {  // what was last heard of a finding
        FindingStatus status = FindingStatus::Firing;
        Severity severity = Severity::Info;
        uint64_t count = 0;
        bool untold = false;

        template <class V>
        void describe(V& v) {
            v.as_array();
            v.must("status", status);
            v.must("severity", severity);
            v.must("count", count);
            v.must("untold", untold);
        }
    };
    using Tallies = std::map<std::string, uint64_t>;
    struct Group {
        std::string id;
        std::map<std::string, Known> known;
        Finding leader;  // the most severe, then newest, unreported finding (or the last reported one)
        uint64_t untold = 0;
        Tallies kinds, actors, objects;  // of what is untold
        bool told = false;
        Severity told_severity = Severity::Info;
        FindingStatus told_status = FindingStatus::Firing;
        audit::Time last_sent{}, last_new{}, interval_began{};
        size_t sent_in_interval = 0;
        uint64_t messages = 0;  // that were made of it
        audit::Time due{};
        std::optional<Incident> incident;        // when grouped by it: as it was when last heard of
        IncidentTurn turn = IncidentTurn::Grew;  // the most of what is untold
        bool folds = false;                      // it stands for incidents that came too many at once,
        std::set<std::string> folded;            // of which these are still open

        template <class V>
        void describe(V& v) {
            v.must("id", id);
            v("known", known);
            v.must("leader", leader);
            v("untold", untold);
            v("kinds", kinds);
            v("actors", actors);
            v("objects", objects);
            v("told", told);
            v("told_severity", told_severity);
            v("told_status", told_status);
            v("last_sent", micros(last_sent));
            v("last_new", micros(last_new));
            v("interval_began", micros(interval_began));
            v("sent_in_interval", sent_in_interval);
            v("messages", messages);
            v("due", micros(due));
            v("incident", incident);
            v("turn", turn);
            v.sparse("folds", folds);
            v.sparse("folded", folded);
        }
        // The least grave incident goes first, of equals the one that has been quiet for longest: cheap news
        // take no place from grave ones, whose end is still to be told.
        friend auto worth(const Group& group) {
            const bool has_end = group.incident || group.folds;
            return std::pair(has_end ? group.told_severity : Severity::Info, group.last_new);
        }
    };

    std::string prefix() const { return receiver_ + kKeyMark; }  // of the keys in the state
    bool passes_through() const;
    bool has_field(std::string_view field) const;
    bool overflows(Severity severity, audit::Time now);
    void accept_finding(const Finding& finding, audit::Time now, std::vector<Alert>& out);
    void accept_incident(const News& news, audit::Time now, std::vector<Alert>& out);
    void fold(const News& news, audit::Time now, std::vector<Alert>& out);
    void unfold(const Incident& incident, audit::Time now, std::vector<Alert>& out);
    void end_incident(const News& news, audit::Time now, std::vector<Alert>& out);
    void take(const std::string& key, Group& group, bool is_graver, audit::Time now, std::vector<Alert>& out);
    std::string key_for(const Finding& finding, audit::Time now);
    static bool is_firing(const Group& group);
    bool note(Group& group, const Finding& finding);
    void flush(Group& group, audit::Time now, std::vector<Alert>& out);
    Alert message(const Group& group, FindingStatus status, audit::Time now);
    void schedule(const std::string& key, Group& group, audit::Time due);
    audit::Time quiet_due(const Group& group) const;
    audit::Time end_of(const Group& group) const;
    Group& begin(const std::string& key, const std::string& id, audit::Time now, std::vector<Alert>& out);

    const std::string receiver_;
    Settings settings_;
    BoundedTable<Group, OrderedText> groups_{"alerts.groups", kMaxGroups, Evict::One};
    std::set<std::pair<audit::Time, std::string>> by_due_;
    audit::Time new_groups_since_{};
    size_t new_groups_ = 0;
    bool has_overflowed_ = false;
    uint64_t muted_ = 0;
};

}  // namespace redshank
