#include "daemon/alerts/grouper.h"

#include <algorithm>
#include <utility>

#include "core/finding/fields.h"
#include "exporters/finding_text.h"

namespace redshank {

namespace {

constexpr size_t kTop = 5;  // values of each kind in a summary
constexpr auto kResolvedFor = std::chrono::minutes{5};
constexpr auto kConditionFor = std::chrono::hours{48};
constexpr std::string_view kOverflow = "\x1foverflow";

// Findings that say how things are, until they resolve; the others say that something happened.
bool is_condition(const Finding& finding) {
    return finding.kind == "secret-exposed" || finding.kind.starts_with("crd-") ||
           finding.kind == "audit-log-stalled";
}

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
    return settings_.by.empty() && settings_.wait.count() == 0 && settings_.interval.count() == 0;
}

std::string Grouper::key_for(const Finding& finding, audit::Time now) {
    std::string key;
    if (settings_.by.empty()) key = finding.id;
    for (const std::string& field : settings_.by) {
        key +=
            (field == "actor" ? actor_identity(finding) : alert_field(finding, field).value_or("")) + '\x1f';
    }
    if (groups_.contains(key) || settings_.keep_sending || settings_.interval.count() == 0) return key;
    if (now - new_groups_since_ >= settings_.interval) {
        new_groups_since_ = now;
        new_groups_ = 0;
    }
    if (++new_groups_ <= kNewGroups) return key;
    return finding.cluster + std::string(kOverflow);
}

bool Grouper::is_firing(const Group& group) {
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

void Grouper::accept(const Finding& finding, audit::Time now, std::vector<Alert>& out) {
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
    if (!group) group = &begin(key, finding, now, out);
    const bool starts_anew = group->told && group->told_status == FindingStatus::Resolved &&
                             finding.status == FindingStatus::Firing && !group->known.contains(finding.id);
    if (starts_anew) {
        by_due_.erase({group->due, key});
        *group = Group{.id = finding.id, .interval_began = now};
    }
    if (!note(*group, finding)) return;
    groups_.change(key).last_new = now;

    if (now - group->interval_began >= settings_.interval) {
        group->interval_began = now;
        group->sent_in_interval = 0;
    }
    const bool over = !is_firing(*group);
    const bool graver = finding.status == FindingStatus::Firing && finding.severity > group->told_severity;
    audit::Time due = now;
    if (!group->told) {
        const bool first = group->due == audit::Time{};
        if (finding.severity != Severity::Critical) due = first ? now + settings_.wait : group->due;
    } else if (!graver && !over && group->sent_in_interval >= settings_.burst) {
        due = std::max(now, group->last_sent + settings_.interval);
        if (group->untold > 1) due = std::min(due, std::max(now, group->due));
    }
    schedule(key, *group, due);
    if (due <= now) {
        flush(*group, now, out);
        schedule(key, *group, quiet_due(*group));
    }
}

// The unreported findings of a group that must be evicted are sent now.
Grouper::Group& Grouper::begin(const std::string& key, const Finding& finding, audit::Time now,
                               std::vector<Alert>& out) {
    Group& group = groups_.change(key, [&](const std::string& gone, const Group& row) {
        by_due_.erase({row.due, gone});
        Group last = row;
        if (last.untold > 0) flush(last, now, out);
    });
    group.id = finding.id;
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
    group.told_severity = status == FindingStatus::Resolved
                              ? Severity::Info
                              : std::max(group.told_severity, group.leader.severity);
    out.push_back(message(group, status, now));
    group.told = true;
    group.told_status = status;
    group.last_sent = now;
    ++group.sent_in_interval;
    group.untold = 0;
    group.kinds.clear();
    group.actors.clear();
    group.objects.clear();
    for (auto& [id, known] : group.known) known.untold = false;
}

Alert Grouper::message(const Group& group, FindingStatus status, audit::Time now) {
    Alert alert = alert_of(group.leader, now);
    alert.status = status;
    alert.finding.status = status;
    if (settings_.burst == 1 || group.untold > 1) {
        alert.id = group.id;
        alert.notification = finding_id(
            {"notification", group.id, to_string(status), std::to_string(now.time_since_epoch().count())});
    }
    if (status == FindingStatus::Firing)
        alert.severity = std::max(group.leader.severity, group.told_severity);
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
    const bool repeats =
        settings_.repeat.count() > 0 && (settings_.keep_sending || (!resolved && is_condition(group.leader)));
    return repeats ? std::min(group.last_sent + settings_.repeat, end_of(group)) : end_of(group);
}

audit::Time Grouper::end_of(const Group& group) const {
    if (group.told_status == FindingStatus::Resolved && settings_.keep_sending) {
        return group.last_new + kResolvedFor;
    }
    const bool lasts = is_condition(group.leader) && group.told_status == FindingStatus::Firing;
    return group.last_new + (lasts ? std::max<audit::Duration>(kConditionFor, settings_.expire_after)
                                   : settings_.expire_after);
}

void Grouper::clear() {
    groups_.clear();
    by_due_.clear();
}

void Grouper::load(const StateReader& state) {
    groups_.load(state, prefix(), [&](const std::string& key, const Group& group) {
        by_due_.insert({group.due, key});
        return true;
    });
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
        }
        schedule(key, group, quiet_due(group));
    }
}

audit::Time Grouper::due() const {
    return by_due_.empty() ? audit::Time::max() : by_due_.begin()->first;
}

}  // namespace redshank
