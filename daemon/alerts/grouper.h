#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "core/state/state.h"
#include "exporters/alert.h"

namespace redshank {

// Decides, for one receiver, when findings become messages and how many go into one. Knows no clock: the time
// is given. Bounded; kept over restarts as rows of the table alerts.groups.
//
// A group is what belongs together (by default: cluster, detector, actor). Its first message waits `wait` for
// others to join, not at all when critical; what comes later waits until `interval` after the last message
// and goes as one summary, unless it is graver than anything told so far, or ends the group: then it goes at
// once.
class Grouper {
  public:
    struct Settings {
        std::vector<std::string> by;  // fields (fields.h)
        audit::Duration wait{}, interval{}, repeat{};
        size_t burst = 1;           // findings told one by one in an interval before they are summarised
        bool keep_sending = false;  // repeat until over, and the resolved state for 5 minutes (Alertmanager)
        audit::Duration expire_after = std::chrono::hours{1};
    };
    // New groups in an interval; beyond, everything goes into one group of the cluster until the interval is
    // over: an attacker with a thousand names makes no thousand messages.
    static constexpr size_t kNewGroups = 20;
    static constexpr size_t kMaxGroups = 2000, kMaxFindings = 500, kMaxTallied = 500;

    // `receiver` names the rows in the store.
    Grouper(std::string receiver, Settings settings);
    // For what comes from now on; groups that were made by other fields run out.
    void configure(Settings settings) { settings_ = std::move(settings); }
    // Forgets every group; the next save() takes away their rows.
    void clear();

    // Appends to `out` what is to be sent now.
    void accept(const Finding& finding, audit::Time now, std::vector<Alert>& out);
    // A finding was kept back; the next message says how many were.
    void mute() { ++muted_; }
    // Appends what has become due.
    void turn(audit::Time now, std::vector<Alert>& out);
    audit::Time due() const;  // Time::max(): never

    size_t groups() const { return groups_.size(); }
    uint64_t evictions() const { return evictions_; }

    void load(const StateReader& state);
    void save(StateWriter& state);
    bool changed() const { return !changed_.empty(); }

  private:
    struct Known {  // what was last heard of a finding
        FindingStatus status = FindingStatus::Firing;
        Severity severity = Severity::Info;
        uint64_t count = 0;
        bool untold = false;
    };
    using Tallies = std::map<std::string, uint64_t>;
    struct Group {
        std::string id;
        std::map<std::string, Known> known;
        Finding leader;  // of what is untold (or was told last) the gravest, then the newest
        uint64_t untold = 0;
        Tallies kinds, actors, objects;  // of what is untold
        bool told = false;
        Severity told_severity = Severity::Info;
        FindingStatus told_status = FindingStatus::Firing;
        audit::Time last_sent{}, last_new{}, interval_began{};
        size_t sent_in_interval = 0;
        audit::Time due{};
    };
    using Groups = std::map<std::string, Group>;

    bool passes_through() const;
    std::string key_for(const Finding& finding, audit::Time now);
    static bool is_firing(const Group& group);
    bool note(Group& group, const Finding& finding);
    void flush(Group& group, audit::Time now, std::vector<Alert>& out);
    Alert message(const Group& group, FindingStatus status, audit::Time now);
    void schedule(const std::string& key, Group& group, audit::Time due);
    audit::Time quiet_due(const Group& group) const;
    audit::Time end_of(const Group& group) const;
    void evict(audit::Time now, std::vector<Alert>& out);

    const std::string receiver_;
    Settings settings_;
    Groups groups_;
    std::set<std::pair<audit::Time, std::string>> by_due_;
    std::set<std::string> changed_;  // keys, since the last save()
    audit::Time new_groups_since_{};
    size_t new_groups_ = 0;
    uint64_t muted_ = 0;
    uint64_t evictions_ = 0;
};

}  // namespace redshank
