#include "detectors/finding_book.h"

#include <algorithm>
#include <utility>

#include "core/finding/finding_json.h"
#include "core/state/row.h"

namespace redshank {

namespace {

constexpr size_t kEnds = 3;  // how many of the first and of the last events stay as evidence
constexpr std::string_view kTable = "findings.open";
constexpr uint64_t kMostCalls = uint64_t{1} << 62;  // in no life of a daemon

std::string key_of(const FindingBook::Subject& subject) {
    std::string key(subject.detector);
    for (const std::string_view part : {subject.kind, subject.cluster, std::string_view(subject.key)}) {
        key += '\x1f';
        key += part;
    }
    return key;
}

bool same_event(const Evidence& a, const Evidence& b) {
    return a.offset == b.offset && a.source == b.source;
}

}  // namespace

Evidence evidence_of(const Observation& observation) {
    return {.audit_id = std::string(observation.event.audit_id),
            .time = observation.event.stage_time,
            .source = std::string(observation.origin.source),
            .offset = observation.origin.offset};
}

void set_request(Finding& finding, const audit::Event& event) {
    finding.actor = actor_of(event);
    finding.object.reset();
    if (event.object.present) finding.object = object_of(event.object);
    finding.verb = event.verb;
    finding.code = event.response.code;
}

Finding& FindingBook::report(const Subject& subject, const Observation& observation) {
    const audit::Event& event = observation.event;
    const std::string key = key_of(subject);
    const bool is_new = !open_.contains(key);
    Finding& finding = open_entry(key, subject, event.stage_time).finding;
    if (is_new) set_request(finding, event);
    ++finding.count;
    finding.first_seen = std::min(finding.first_seen, event.stage_time);
    finding.last_seen = std::max(finding.last_seen, event.stage_time);
    finding.time = finding.last_seen;
    append(finding, evidence_of(observation));
    return finding;
}

Finding& FindingBook::report(const Subject& subject, audit::Time now) {
    Finding& finding = open_entry(key_of(subject), subject, now).finding;
    finding.time = finding.last_seen = std::max(finding.last_seen, now);
    return finding;
}

void FindingBook::add_evidence(Finding& finding, Evidence evidence) {
    const auto is_twin = [&](const Evidence& other) { return same_event(other, evidence); };
    if (std::none_of(finding.evidence.begin(), finding.evidence.end(), is_twin))
        append(finding, std::move(evidence));
}

void FindingBook::append(Finding& finding, Evidence evidence) {
    std::vector<Evidence>& all = finding.evidence;
    if (!settings_.keep_all_evidence && all.size() >= 2 * kEnds) {
        all.erase(all.begin() + static_cast<std::ptrdiff_t>(kEnds));
    }
    all.push_back(std::move(evidence));
}

void FindingBook::renew(const Subject& subject) {
    const auto entry = open_.find(key_of(subject));
    if (entry != open_.end()) entry->second.told_count = 0;
}

Finding* FindingBook::find(const Subject& subject) {
    const auto entry = open_.find(key_of(subject));
    return entry == open_.end() ? nullptr : &entry->second.finding;
}

void FindingBook::resolve(const Subject& subject, audit::Time now) {
    const std::string key = key_of(subject);
    const auto entry = open_.find(key);
    if (entry == open_.end()) return;
    Finding& finding = entry->second.finding;
    finding.status = FindingStatus::Resolved;
    finding.time = std::max(finding.time, now);
    touch(key, entry->second);
    close(key);
}

void FindingBook::advance(audit::Time now) {
    // by_touch_ is in order of calls, which is nearly the order of time: look at the oldest only.
    while (!by_touch_.empty()) {
        const std::string key = by_touch_.begin()->second;
        if (open_.at(key).finding.time + settings_.episode > now) return;
        close(key);
    }
}

FindingBook::Entry& FindingBook::open_entry(const std::string& key, const Subject& subject, audit::Time now) {
    const auto [entry, is_new] = open_.try_emplace(key);
    if (is_new) {
        Finding& finding = entry->second.finding;
        finding.detector = subject.detector;
        finding.kind = subject.kind;
        finding.cluster = subject.cluster;
        finding.time = finding.first_seen = finding.last_seen = now;
        finding.id = finding_id(
            {subject.detector, subject.kind, subject.cluster, subject.key, audit::format_time(now)});
    }
    touch(key, entry->second);
    if (open_.size() > settings_.max_open) {
        close(std::string(by_touch_.begin()->second));
        ++evictions_;
    }
    return entry->second;
}

void FindingBook::touch(const std::string& key, Entry& entry) {
    by_touch_.erase(entry.touched);
    entry.touched = ++calls_;
    by_touch_.emplace(entry.touched, key);
    entry.saved = false;
}

void FindingBook::close(const std::string& key) {
    const auto entry = open_.find(key);
    if (entry->second.touched != entry->second.told_at) closed_untold_.push_back(entry->second.finding);
    if (entry->second.touched > taken_) closed_unsaved_.push_back(entry->second.finding);
    closed_keys_.push_back(key);
    by_touch_.erase(entry->second.touched);
    open_.erase(entry);
}

bool FindingBook::worth_telling(const Entry& entry) {
    return entry.told_at == 0 || entry.finding.severity > entry.told_severity ||
           entry.finding.count >= 2 * entry.told_count;
}

void FindingBook::mark_told(Entry& entry) {
    entry.told_at = entry.touched;
    entry.told_count = std::max<uint64_t>(entry.finding.count, 1);
    entry.told_severity = entry.finding.severity;
    entry.saved = false;
}

std::vector<Finding> FindingBook::drain(bool all) {
    std::vector<Finding> told = std::exchange(closed_untold_, {});
    if (!all && drained_ == calls_) return told;
    for (auto at = by_touch_.upper_bound(all ? 0 : drained_); at != by_touch_.end(); ++at) {
        Entry& entry = open_.at(at->second);
        if (entry.told_at == entry.touched || (!all && !worth_telling(entry))) continue;
        told.push_back(entry.finding);
        mark_told(entry);
    }
    drained_ = calls_;
    return told;
}

std::vector<Finding> FindingBook::take_changed() {
    std::vector<Finding> changed = std::exchange(closed_unsaved_, {});
    for (auto at = by_touch_.upper_bound(taken_); at != by_touch_.end(); ++at) {
        changed.push_back(open_.at(at->second).finding);
    }
    taken_ = calls_;
    return changed;
}

void FindingBook::load(const StateReader& state) {
    load_rows<Entry>(state, kTable, "", [this](std::string_view key, Entry entry) {
        if (entry.touched >= kMostCalls || !by_touch_.emplace(entry.touched, std::string(key)).second)
            return false;
        entry.saved = true;
        calls_ = std::max(calls_, entry.touched);
        open_.emplace(std::string(key), std::move(entry));
        return true;
    });
    drained_ = taken_ = calls_;
}

void FindingBook::save(StateWriter& state) {
    for (const std::string& key : std::exchange(closed_keys_, {})) {
        if (!open_.contains(key)) state.erase(kTable, key);
    }
    for (auto& [touched, key] : by_touch_) {
        Entry& entry = open_.at(key);
        if (entry.saved) continue;
        state.put(kTable, key, write_row(entry));
        entry.saved = true;
    }
}

}  // namespace redshank
