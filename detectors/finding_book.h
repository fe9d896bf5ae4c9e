#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/finding/finding.h"
#include "core/request/observation.h"
#include "core/state/recent_table.h"
#include "detectors/told_counts.h"

namespace redshank {

// The event as evidence of a finding.
Evidence evidence_of(const Observation& observation);
// The same over another, whose memory is used again.
void write_evidence(Evidence& evidence, const Observation& observation);

// The request of a finding: actor, object, verb and code.
void set_request(Finding& finding, const audit::Event& event);

// The open findings of a detector, or of several. A detector reports events under a key (what the finding is
// about); the book opens a finding or adds to the open one, and returns those that are to be reported now.
// Deterministic in the sequence of calls. Pipeline thread only.
class FindingBook {
  public:
    struct Settings {
        bool keep_all_evidence = false;  // otherwise the first 3 and the last 3
        audit::Duration episode =
            std::chrono::hours{24};  // a finding ends when it gets no new event for this time
        size_t max_open = 10'000;    // beyond, the least recently changed one is closed and counted
    };

    FindingBook() : FindingBook(Settings{}) {}
    // `detector`: of all subjects; "" where they are of several.
    explicit FindingBook(Settings settings, const std::string& detector = {});

    // What identifies a finding: id = hash(detector, kind, cluster, key, time of the first event). Use '\x1f'
    // between the parts of a key.
    struct Subject {
        std::string_view detector, kind, cluster;
        std::string key;
    };

    // Counts the event under the subject and returns the finding, which the detector then describes:
    // severity, title, summary, reasons, grant, mitre. `count` already includes this event. A new finding has
    // count 1, and actor, object, verb and code of the event. The reference is valid until the next call.
    Finding& report(const Subject& subject, const Observation& observation);

    // The same for a finding without an event (silence, a burn rate): adds no evidence and does not change
    // `count`.
    Finding& report(const Subject& subject, audit::Time now);

    // Adds an earlier event to a finding (a window found in hindsight). No effect when all evidence is kept
    // and it is already present.
    void add_evidence(Finding& finding, Evidence evidence);

    // Forces a report at the next drain(), even if the finding only grew, because someone or something new is
    // in it.
    void renew(const Subject& subject);

    // The open finding, or null. Does not count as a change.
    Finding* find(const Subject& subject);

    // Resolves and closes it; the next report() opens a finding with another id. No effect when it is not
    // open.
    void resolve(const Subject& subject, audit::Time now);

    // Closes findings that had no new event for an episode.
    void advance(audit::Time now);

    // The reports that follow have at least this number (Told::touched).
    void go_on_from(uint64_t number) { open_.go_on_from(number); }
    // The number of the last report.
    uint64_t calls() const { return open_.calls(); }

    struct Told {
        bool is_open = true;   // closed ones are told first
        uint64_t touched = 0;  // the number of its last report
        Finding finding;
    };

    static std::vector<Finding> findings_of(std::vector<Told> told);

    // Findings to report now: those that are new or resolved, whose severity has risen, or whose count has
    // doubled since their last report. With `all`, every finding that changed since its last report. In the
    // order of change. Call it after each event, so that reports depend on the events only, not on how they
    // were cut into batches.
    std::vector<Finding> drain(bool all = false);
    // The same, appended.
    void drain(std::vector<Told>& to, bool all = false);

    // Whether drain() may return anything.
    bool has_changed() const { return !closed_untold_.empty() || drained_ != open_.calls(); }

    // Every finding that changed since the last call, as it is now: for the table of findings.
    std::vector<Finding> take_changed();
    void take_changed(std::vector<Told>& to);
    // For where nobody takes them.
    void forget_changed();

    // What drain() has returned since this book was made.
    const ToldCounts& counts() const { return counts_; }
    size_t open() const { return open_.size(); }
    uint64_t evictions() const { return open_.evictions(); }

    void load(const StateReader& state);
    void save(StateWriter& state);

  private:
    struct Entry {
        Finding finding;
        uint64_t touched = 0;  // the order of eviction and of telling
        uint64_t told_at = 0;  // value of `touched` at its last report; 0: never reported
        uint64_t told_count = 0;
        Severity told_severity = Severity::Info;

        template <class V>
        void describe(V& v) {
            v.must("touched", touched);
            v("told_at", told_at);
            v("told_count", told_count);
            v("told_severity", told_severity);
            v.must("finding", finding);
        }
    };

    // The key of the subject, valid until the next call.
    std::string_view key_of(const Subject& subject);
    Entry& open_entry(const Subject& subject, audit::Time now, bool& is_new);
    void close(std::string_view key);
    void note_closed(const Entry& entry);
    // The place for the newest evidence: of a finding that has enough, the one that has had its time.
    Evidence& next_evidence(Finding& finding);
    static bool worth_telling(const Entry& entry);
    void count(const Entry& entry);
    void mark_told(Entry& entry);

    Settings settings_;
    std::string prefix_;                // of the detector, which the keys in the state have before them
    RecentTable<Entry> open_;           // by subject
    uint64_t drained_ = 0, taken_ = 0;  // open_.calls() at the last drain() and take_changed()
    std::vector<Told> closed_untold_, closed_unsaved_;
    std::string key_;  // of the last look-up
    ToldCounts counts_;
};

}  // namespace redshank
