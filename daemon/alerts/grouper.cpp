#include "daemon/alerts/grouper.h"

#include <algorithm>
#include <utility>

#include "core/finding/fields.h"
#include "core/state/key.h"
#include "daemon/incidents/cause.h"
#include "exporters/finding_text.h"

namespace redshank {

namespace {

constexpr size_t kTop = 5;  // values of each kind in a summary
constexpr auto kResolvedFor = std::chrono::minutes{5};
constexpr auto kConditionFor = std::chrono::hours{48};
constexpr auto kIncidentFor = std::chrono::hours{24 * 3650};  // its end is told; none is awaited for longer
constexpr std::string_view kOverflow = "\x1foverflow";

// Of findings that are part of no incident.
constexpr std::string_view kOwnFields[] = {"cluster", "detector", "actor"};
constexpr std::string_view kOwnFieldsBySeverity[] = {"cluster", "detector", "kind", "severity", "actor"};

void count(std::map<std::string, uint64_t>& tallies, const std::string& value) {
    if (value.empty()) return;
    const bool is_full = tallies.size() >= Grouper::kMaxTallied && !tallies.contains(value);
    ++tallies[is_full ? "(others)" : value];
}

std::vector<Tally> top(const std::map<std::string, uint64_t>& tallies) {
    std::vector<Tally> out;
    for (const auto& [value, number] : tallies) out.push_back({value, number});
    std::stable_sort(out.begin(), out.end(),
                     [](const Tally& a, const Tally& b) { return a.count > b.count; });
    if (out.size() > kTop) out.resize(kTop);
    return out;
}

}  // namespace

Grouper::Grouper(std::string receiver, Settings settings)
    : receiver_(std::move(receiver)), settings_(std::move(settings)) {}

bool Grouper::passes_through() const {
    return settings_.each_finding ||
           (settings_.by.empty() && settings_.wait.count() == 0 && settings_.interval.count() == 0);
}

bool Grouper::has_field(std::string_view field) const {
    return std::find(settings_.by.begin(), settings_.by.end(), field) != settings_.by.end();
}

std::string Grouper::key_for(const Finding& finding, audit::Time now) {
    std::string key;
    if (settings_.by.empty()) key = finding.id;
    const auto add = [&](std::string_view field) {
        key += (field == "actor" ? actor_identity(finding) : alert_field(finding, field).value_or("")) +
               kKeyMark;
    };
    if (!is_by_incident()) {
        for (const std::string& field : settings_.by) add(field);
    } else if (has_field("severity")) {
        for (const std::string_view field : kOwnFieldsBySeverity) add(field);
    } else {
        for (const std::string_view field : kOwnFields) add(field);
    }
    if (groups_.contains(key) || !overflows(finding.severity, now)) return key;
    return finding.cluster + std::string(kOverflow);
}

// A new group is one too many in this interval. A critical incident never is: whoever makes many others hides
// nothing behind them.
bool Grouper::overflows(Severity severity, audit::Time now) {
    if (settings_.keep_sending || settings_.interval.count() == 0) return false;
    if (is_by_incident() && severity == Severity::Critical) return false;
    if (now - new_groups_since_ >= settings_.interval) {
        new_groups_since_ = now;
        new_groups_ = 0;
    }
    const bool is_one_too_many = ++new_groups_ > kNewGroups;
    has_overflowed_ |= is_one_too_many;
    return is_one_too_many;
}

bool Grouper::is_firing(const Group& group) {
    if (group.incident) return group.incident->is_open();
    if (group.folds) return !group.folded.empty();
    return std::any_of(group.known.begin(), group.known.end(),
                       [](const auto& entry) { return entry.second.status == FindingStatus::Firing; });
}

// False when this was heard before.
bool Grouper::note(Group& group, const Finding& finding) {
    const auto [at, is_new] = group.known.try_emplace(finding.id);
    Known& known = at->second;
    const bool is_news = is_new || finding.count > known.count || finding.severity > known.severity ||
                         (finding.status != known.status && finding.count >= known.count);
    if (!is_news) return false;
    known.status = finding.status;
    known.severity = finding.severity;
    known.count = finding.count;
    if (group.untold == 0 || finding.severity > group.leader.severity ||
        (finding.severity == group.leader.severity && finding.time >= group.leader.time)) {
        group.leader = finding;
    }
    if (!known.untold) {
        known.untold = true;
        ++group.untold;
        count(group.kinds, finding.kind);
        count(group.actors, actor_name(finding));
        count(group.objects, object_name(finding));
    }
    if (group.known.size() > kMaxFindings) {
        // Any but the new one: a finding heard of again only counts once more.
        group.known.erase(at == group.known.begin() ? std::next(at) : group.known.begin());
    }
    return true;
}

void Grouper::accept(const News& news, audit::Time now, std::vector<Alert>& out) {
    if (!is_by_incident() || !news.incident) {
        if (news.finding) accept_finding(*news.finding, now, out);
    } else if (news.incident->is_open()) {
        accept_incident(news, now, out);
    } else {
        end_incident(news, now, out);
    }
}

void Grouper::accept_finding(const Finding& finding, audit::Time now, std::vector<Alert>& out) {
    if (passes_through()) {
        out.push_back(alert_of(finding, now));
        out.back().muted = std::exchange(muted_, 0);
        return;
    }
    const std::string key = key_for(finding, now);
    Group* group = groups_.find_quietly(key);
    if (!group && finding.status == FindingStatus::Resolved) {
        out.push_back(alert_of(finding, now));  // its group has expired, its receivers remember the id
        return;
    }
    if (!group) group = &begin(key, finding.id, now, out);
    const bool starts_anew = group->told && group->told_status == FindingStatus::Resolved &&
                             finding.status == FindingStatus::Firing && !group->known.contains(finding.id);
    if (starts_anew) {
        by_due_.erase({group->due, key});
        *group = Group{.id = finding.id, .interval_began = now};
    }
    if (!note(*group, finding)) return;
    const bool is_graver = finding.status == FindingStatus::Firing && finding.severity > group->told_severity;
    take(key, *group, is_graver, now, out);
}

void Grouper::accept_incident(const News& news, audit::Time now, std::vector<Alert>& out) {
    const Incident& incident = *news.incident;
    std::string key = incident.id + kKeyMark;
    if (has_field("severity")) key += to_string(incident.severity);
    Group* group = groups_.find_quietly(key);
    if (!group) {
        if (overflows(incident.severity, now)) return fold(news, now, out);
        group = &begin(key, incident.id, now, out);
        unfold(incident, now, out);
    }
    if (news.finding && !note(*group, *news.finding)) return;
    group->incident = incident;
    group->turn = std::max(group->turn, news.turn);
    take(key, *group, news.turn != IncidentTurn::Grew || incident.severity > group->told_severity, now, out);
}

// Told with others, in one group of its cluster that is over when all of these are.
void Grouper::fold(const News& news, audit::Time now, std::vector<Alert>& out) {
    if (!news.finding) return;
    const Incident& incident = *news.incident;
    const std::string key = incident.cluster + std::string(kOverflow);
    const Group* known = groups_.find_quietly(key);
    if (known && known->told && !is_firing(*known)) {  // receivers know that one as over
        by_due_.erase({known->due, key});
        groups_.erase(key);
        known = nullptr;
    }
    Group& group = known ? groups_.change(key) : begin(key, news.finding->id, now, out);
    group.folds = true;
    if (group.folded.size() < kMaxFolded) group.folded.insert(incident.id);
    if (note(group, *news.finding)) take(key, group, news.finding->severity > group.told_severity, now, out);
}

// It is over, or told by itself from now on.
void Grouper::unfold(const Incident& incident, audit::Time now, std::vector<Alert>& out) {
    const std::string key = incident.cluster + std::string(kOverflow);
    const Group* known = groups_.find_quietly(key);
    if (!known || !known->folded.contains(incident.id)) return;
    Group& group = groups_.change(key);
    group.folded.erase(incident.id);
    if (group.folded.empty()) take(key, group, false, now, out);
}

// Every group of it: by severity there are several.
void Grouper::end_incident(const News& news, audit::Time now, std::vector<Alert>& out) {
    unfold(*news.incident, now, out);
    std::vector<std::string> keys;
    groups_.each_with(news.incident->id + kKeyMark, [&](const std::string& key, const Group&) {
        keys.push_back(key);
        return true;
    });
    for (const std::string& key : keys) {
        Group& group = groups_.change(key);
        if (!group.incident || !group.incident->is_open()) continue;
        if (!group.told && !news.incident->joined.empty()) {  // the older one tells it
            by_due_.erase({group.due, key});
            groups_.erase(key);
            continue;
        }
        if (news.finding) note(group, *news.finding);
        const Severity severity = group.incident->severity;
        group.incident = news.incident;
        if (has_field("severity")) group.incident->severity = severity;
        group.turn = IncidentTurn::Closed;
        take(key, group, false, now, out);
    }
}

// Something new is in the group: now or later.
void Grouper::take(const std::string& key, Group& group, bool is_graver, audit::Time now,
                   std::vector<Alert>& out) {
    groups_.change(key).last_new = now;
    if (now - group.interval_began >= settings_.interval) {
        group.interval_began = now;
        group.sent_in_interval = 0;
    }
    const bool over = !is_firing(group);
    const Severity severity = group.incident ? group.incident->severity : group.leader.severity;
    audit::Time due = now;
    if (!group.told && !(over && group.incident)) {
        const bool first = group.due == audit::Time{};
        if (severity != Severity::Critical) due = first ? now + settings_.wait : group.due;
    } else if (!is_graver && !over && group.sent_in_interval >= settings_.burst) {
        due = std::max(now, group.last_sent + settings_.interval);
        if (group.untold > 1) due = std::min(due, std::max(now, group.due));
    }
    schedule(key, group, due);
    if (due <= now) {
        flush(group, now, out);
        schedule(key, group, quiet_due(group));
    }
}

// The unreported findings of a group that must be evicted are sent now.
Grouper::Group& Grouper::begin(const std::string& key, const std::string& id, audit::Time now,
                               std::vector<Alert>& out) {
    Group& group = groups_.change(key, [&](const std::string& gone, const Group& row) {
        by_due_.erase({row.due, gone});
        Group last = row;
        if (last.untold > 0) flush(last, now, out);
    });
    group.id = id;
    group.interval_began = now;
    return group;
}

void Grouper::flush(Group& group, audit::Time now, std::vector<Alert>& out) {
    const FindingStatus status = is_firing(group) ? FindingStatus::Firing : FindingStatus::Resolved;
    if (status == FindingStatus::Resolved && !group.told) {
        // The group began and ended while it waited: both messages are sent, or a pager would resolve what it
        // never raised.
        out.push_back(message(group, FindingStatus::Firing, now));
    }
    const Severity severity = group.incident ? group.incident->severity : group.leader.severity;
    group.told_severity =
        status == FindingStatus::Resolved ? Severity::Info : std::max(group.told_severity, severity);
    out.push_back(message(group, status, now));
    group.told = true;
    group.told_status = status;
    group.last_sent = now;
    ++group.messages;
    ++group.sent_in_interval;
    group.untold = 0;
    group.turn = IncidentTurn::Grew;
    group.kinds.clear();
    group.actors.clear();
    group.objects.clear();
    for (auto& [id, known] : group.known) known.untold = false;
}

Alert Grouper::message(const Group& group, FindingStatus status, audit::Time now) {
    Alert alert = alert_of(group.leader, now);
    alert.status = status;
    // A finding in an incident may be over while others in it are not.
    if (!group.incident || status == FindingStatus::Resolved) alert.finding.status = status;
    const bool is_own = settings_.each_finding && status == FindingStatus::Firing;
    if (!is_own && (settings_.burst == 1 || group.untold > 1 || group.incident)) {
        alert.id = group.id;
        // Of what the rows say alone: after a restart the same message has the same.
        alert.notification =
            finding_id({"notification", group.id, to_string(status), alert.notification,
                        audit::format_time(group.leader.time), std::to_string(group.messages)});
    }
    if (status == FindingStatus::Firing)
        alert.severity = std::max(group.leader.severity, group.told_severity);
    if (group.incident) {
        alert.incident = group.incident;
        alert.severity = group.incident->severity;
        alert.turn = status == FindingStatus::Resolved ? IncidentTurn::Closed
                     : group.told                      ? group.turn
                                                       : IncidentTurn::Opened;
    }
    alert.findings = std::max<uint64_t>(group.untold, 1);
    if (alert.findings > 1) {
        alert.kinds = top(group.kinds);
        alert.actors = top(group.actors);
        alert.objects = top(group.objects);
    }
    alert.muted = std::exchange(muted_, 0);
    return alert;
}

void Grouper::schedule(const std::string& key, Group& group, audit::Time due) {
    by_due_.erase({group.due, key});
    group.due = due;
    by_due_.insert({due, key});
}

// When a group without anything to report must be examined again.
audit::Time Grouper::quiet_due(const Group& group) const {
    const bool resolved = group.told_status == FindingStatus::Resolved;
    const bool holds = is_condition(group.incident ? group.incident->lead_kind : group.leader.kind);
    const bool repeats = settings_.repeat.count() > 0 && (settings_.keep_sending || (!resolved && holds));
    return repeats ? std::min(group.last_sent + settings_.repeat, end_of(group)) : end_of(group);
}

// A group that is an incident lasts as long as that, however long nothing is heard of it.
audit::Time Grouper::end_of(const Group& group) const {
    if (group.told_status == FindingStatus::Resolved && settings_.keep_sending) {
        return group.last_new + kResolvedFor;
    }
    if ((group.incident && group.incident->is_open()) || !group.folded.empty())
        return group.last_new + kIncidentFor;
    const bool lasts = is_condition(group.leader.kind) && group.told_status == FindingStatus::Firing;
    return group.last_new + (lasts ? std::max<audit::Duration>(kConditionFor, settings_.expire_after)
                                   : settings_.expire_after);
}

void Grouper::clear() {
    groups_.clear();
    by_due_.clear();
}

void Grouper::load(const StateReader& state, audit::Time now) {
    const auto newest = [](const Group& group) {
        return std::max({group.last_new, group.last_sent, group.interval_began});
    };
    std::vector<std::string> ahead;
    groups_.load(state, prefix(), [&](const std::string& key, const Group& group) {
        if (const Group* known = groups_.find_quietly(key)) by_due_.erase({known->due, key});
        by_due_.insert({group.due, key});
        if (newest(group) > now) ahead.push_back(key);
        return true;
    });
    for (const std::string& key : ahead) {
        Group& group = groups_.change(key);
        const audit::Duration by = newest(group) - now;
        for (audit::Time* time : {&group.last_new, &group.last_sent, &group.interval_began})
            *time = std::min(*time, now);
        if (group.due != audit::Time::max()) schedule(key, group, group.due - by);
    }
}

void Grouper::turn(audit::Time now, std::vector<Alert>& out) {
    while (!by_due_.empty() && by_due_.begin()->first <= now) {
        const std::string key = by_due_.begin()->second;
        by_due_.erase(by_due_.begin());
        if (!groups_.contains(key)) continue;
        Group& group = groups_.change(key);
        if (group.untold > 0) {
            flush(group, now, out);
        } else if (now >= end_of(group)) {
            groups_.erase(key);
            continue;
        } else {
            out.push_back(message(group, group.told_status, now));
            group.last_sent = now;
            ++group.messages;
        }
        schedule(key, group, quiet_due(group));
    }
}

void Grouper::tell_all(audit::Time now, std::vector<Alert>& out) {
    std::vector<std::string> waiting;
    groups_.each([&](const std::string& key, const Group& group) {
        if (group.untold > 0) waiting.push_back(key);
    });
    for (const std::string& key : waiting) {
        Group& group = groups_.change(key);
        flush(group, now, out);
        schedule(key, group, quiet_due(group));
    }
}

audit::Time Grouper::due() const {
    return by_due_.empty() ? audit::Time::max() : by_due_.begin()->first;
}

}  // namespace redshank
