#include "detectors/finding_book.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "core/finding/finding_json.h"
#include "core/state/key.h"
#include "detectors/claimed_source.h"

namespace redshank {

namespace {

constexpr size_t kEnds = 3;  // how many of the first and of the last events stay as evidence
constexpr std::string_view kOpenFindings = "findings.open";

// The events of an envelope have one place. What is no event (a notice about a log) is known by its place.
bool same_event(const Evidence& a, const Evidence& b) {
    if (a.offset != b.offset || a.audit_id != b.audit_id) return false;
    if (!a.audit_id.empty() && a.time != b.time) return false;
    const bool are_of_files = !a.generation.empty() && !b.generation.empty();
    return are_of_files ? a.generation == b.generation : a.source == b.source;
}

}  // namespace

FindingBook::FindingBook(Settings settings, const std::string& detector)
    : settings_(settings),
      prefix_(detector.empty() ? detector : detector + kKeyMark),
      open_(std::string(kOpenFindings), settings.max_open) {}

std::vector<Finding> FindingBook::findings_of(std::vector<Told> told) {
    std::vector<Finding> findings;
    findings.reserve(told.size());
    for (Told& one : told) findings.push_back(std::move(one.finding));
    return findings;
}

std::string_view FindingBook::key_of(const Subject& subject) {
    write_key(key_, {subject.detector, subject.kind, subject.cluster, subject.key});
    return std::string_view(key_).substr(prefix_.size());
}

void write_evidence(Evidence& evidence, const Observation& observation) {
    evidence.audit_id = observation.event.audit_id;
    evidence.time = observation.event.stage_time;
    evidence.source = observation.origin.source;
    evidence.offset = observation.origin.offset;
    evidence.generation = observation.origin.generation;
}

Evidence evidence_of(const Observation& observation) {
    Evidence evidence;
    write_evidence(evidence, observation);
    return evidence;
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
    bool is_new = false;
    Finding& finding = open_entry(subject, event.stage_time, is_new).finding;
    if (is_new) set_request(finding, event);
    ++finding.count;
    finding.first_seen = std::min(finding.first_seen, event.stage_time);
    finding.last_seen = std::max(finding.last_seen, event.stage_time);
    finding.time = finding.last_seen;
    write_evidence(next_evidence(finding), observation);
    note_claimed_source(finding, event);
    return finding;
}

Finding& FindingBook::report(const Subject& subject, audit::Time now) {
    bool is_new = false;
    Finding& finding = open_entry(subject, now, is_new).finding;
    finding.time = finding.last_seen = std::max(finding.last_seen, now);
    return finding;
}

void FindingBook::add_evidence(Finding& finding, Evidence evidence) {
    const auto is_twin = [&](const Evidence& other) { return same_event(other, evidence); };
    if (std::none_of(finding.evidence.begin(), finding.evidence.end(), is_twin))
        next_evidence(finding) = std::move(evidence);
}

Evidence& FindingBook::next_evidence(Finding& finding) {
    std::vector<Evidence>& all = finding.evidence;
    if (settings_.keep_all_evidence || all.size() < 2 * kEnds) return all.emplace_back();
    std::rotate(all.begin() + static_cast<std::ptrdiff_t>(kEnds),
                all.begin() + static_cast<std::ptrdiff_t>(kEnds) + 1, all.end());
    return all.back();
}

void FindingBook::renew(const Subject& subject) {
    const std::string_view key = key_of(subject);
    if (open_.contains(key)) open_.change(key).told_count = 0;
}

Finding* FindingBook::find(const Subject& subject) {
    Entry* const entry = open_.find_quietly(key_of(subject));
    return entry == nullptr ? nullptr : &entry->finding;
}

void FindingBook::resolve(const Subject& subject, audit::Time now) {
    const std::string_view key = key_of(subject);
    if (!open_.contains(key)) return;
    Finding& finding = open_.touch(key).finding;
    finding.status = FindingStatus::Resolved;
    finding.time = std::max(finding.time, now);
    close(key);
}

void FindingBook::advance(audit::Time now) {
    // The order of calls is nearly the order of time: look at the oldest only.
    while (!open_.empty() && open_.oldest().finding.time + settings_.episode <= now) {
        close(std::string(open_.oldest_key()));
    }
}

FindingBook::Entry& FindingBook::open_entry(const Subject& subject, audit::Time now, bool& is_new) {
    Entry& entry = open_.touch(key_of(subject));
    Finding& finding = entry.finding;
    is_new = finding.id.empty();
    if (is_new) {
        finding.detector = subject.detector;
        finding.kind = subject.kind;
        finding.cluster = subject.cluster;
        finding.time = finding.first_seen = finding.last_seen = now;
        finding.id = finding_id(
            {subject.detector, subject.kind, subject.cluster, subject.key, audit::format_time(now)});
    }
    if (open_.is_over_full()) {
        note_closed(open_.oldest());
        open_.evict_oldest();
    }
    return entry;
}

void FindingBook::close(std::string_view key) {
    note_closed(*open_.find(key));
    open_.erase(key);
}

void FindingBook::note_closed(const Entry& entry) {
    if (entry.touched != entry.told_at) {
        count(entry);
        closed_untold_.push_back({false, entry.touched, entry.finding});
    }
    if (entry.touched > taken_) closed_unsaved_.push_back({false, entry.touched, entry.finding});
}

bool FindingBook::worth_telling(const Entry& entry) {
    return entry.told_at == 0 || entry.finding.severity > entry.told_severity ||
           entry.finding.count >= 2 * entry.told_count;
}

void FindingBook::count(const Entry& entry) {
    if (entry.told_at == 0 || entry.finding.severity > entry.told_severity) counts_.add(entry.finding);
}

void FindingBook::mark_told(Entry& entry) {
    count(entry);
    entry.told_at = entry.touched;
    entry.told_count = std::max<uint64_t>(entry.finding.count, 1);
    entry.told_severity = entry.finding.severity;
}

std::vector<Finding> FindingBook::drain(bool all) {
    std::vector<Told> told;
    drain(told, all);
    return findings_of(std::move(told));
}

void FindingBook::drain(std::vector<Told>& to, bool all) {
    std::move(closed_untold_.begin(), closed_untold_.end(), std::back_inserter(to));
    closed_untold_.clear();
    if (!all && drained_ == open_.calls()) return;
    open_.each_since(all ? 0 : drained_, [&](std::string_view key, const Entry& entry) {
        if (entry.told_at == entry.touched || (!all && !worth_telling(entry))) return;
        to.push_back({true, entry.touched, entry.finding});
        mark_told(open_.change(key));
    });
    drained_ = open_.calls();
}

std::vector<Finding> FindingBook::take_changed() {
    std::vector<Told> changed;
    take_changed(changed);
    return findings_of(std::move(changed));
}

void FindingBook::take_changed(std::vector<Told>& to) {
    std::move(closed_unsaved_.begin(), closed_unsaved_.end(), std::back_inserter(to));
    open_.each_since(taken_, [&](std::string_view, const Entry& entry) {
        to.push_back({true, entry.touched, entry.finding});
    });
    forget_changed();
}

void FindingBook::forget_changed() {
    closed_unsaved_.clear();
    taken_ = open_.calls();
}

void FindingBook::load(const StateReader& state) {
    open_.load(state, prefix_);
    drained_ = taken_ = open_.calls();
}

void FindingBook::save(StateWriter& state) {
    open_.save(state, prefix_);
}

}  // namespace redshank
