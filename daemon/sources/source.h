// A source of lines. A new one is daemon/sources/NAME.{h,cpp} and one line in registry.cpp.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "audit/time.h"
#include "core/metric/metric_writer.h"
#include "core/state/state.h"

namespace redshank {

// A line without its newline, followed by audit::kPadding readable bytes.
struct Line {
    std::string_view text;
    uint64_t offset = 0;  // of its first byte in its file, decompressed
    // A line over the limit is counted as skipped, but what LongLine kept of it is still returned.
    enum class Part : uint8_t {
        Whole,
        WithoutBodies,  // its event without requestObject and responseObject
        Rest,           // an event glued to a torn one may be in it
    } part = Part::Whole;
};

// Something about the source itself that people must hear of. Becomes a finding of detector "source".
struct SourceNotice {
    std::string kind;  // "audit-gap" | "audit-log-tampered" | "audit-log-stalled" | "state-set-aside"
    std::string what;  // "truncated", "owner-changed", … one stable word, part of the finding's identity
    std::string text;  // one sentence
    std::string file;
    uint64_t offset = 0;
    audit::Time from{}, to{};  // the span of event time concerned; Time{} where unknown
    bool over = false;         // the condition has ended: the finding resolves
};

// Bytes that became no line, or not whole, by reason: "oversize", "nul", …
struct SourceSkip {
    std::string reason;
    uint64_t offset = 0;  // as that of a line
    uint64_t bytes = 0, lines = 0;
};

// The file generation that lines are from: for the ledger, and for the evidence of findings (`id`).
struct GenerationMark {
    std::string id;       // generation_id(), "" where lines come from no file
    uint64_t number = 0;  // counts up for each source, over restarts; 0: there is no file to read again
    std::string head;     // "size:fingerprint" of its first bytes, as far as they were read
    uint64_t device = 0, inode = 0;
    int64_t born = 0;
    uint64_t line_limit = 0;
};

// The result of a read: lines of ONE file generation, in order. The views live until the next read() of the
// source.
struct Batch {
    std::string file;     // as named when it was read
    std::string cluster;  // whose lines and notices these are; "": Source::cluster()
    GenerationMark generation;
    std::vector<Line> lines;
    // Where to resume after the last line: the source's own JSON, stored in the same transaction as
    // everything that the lines caused. Empty when the position is unchanged.
    std::string position;
    std::vector<SourceNotice> notices;
    std::vector<SourceSkip> skips;  // in order
    bool can_be_cut = false;        // Source::position_after() knows the places between these lines

    void clear();
    bool empty() const { return lines.empty() && position.empty() && notices.empty() && skips.empty(); }
};

// For /metrics and /readyz.
struct SourceStatus {
    bool up = false;         // the file is open (or the receiver listens, or a broker answers)
    bool starting = false;   // not up, and it is too early to say that it cannot be
    bool caught_up = false;  // read to the end at least once since the start
    uint64_t bytes_read = 0, lag_bytes = 0;
    uint64_t rotations = 0, truncations = 0, gaps = 0;
    uint64_t nul_bytes = 0, oversize_lines = 0;  // passed over
    std::string problem;  // what cannot be read, also while `up`, and what to do about it; "" when all can
    bool operator==(const SourceStatus&) const = default;
};

// All calls come from the pipeline's thread.
class Source {
  public:
    virtual ~Source() = default;
    virtual const std::string& name() const = 0;  // unique, stable over restarts: keys the stored position
    virtual const std::string& cluster() const = 0;
    // Its lines are of cluster() whatever name an envelope has: the configuration says so.
    bool is_of_one_cluster() const { return is_of_one_cluster_; }
    void be_of_one_cluster() { is_of_one_cluster_ = true; }

    // Called once, before the first read. `position` is that of the last committed Batch, nothing on the
    // first start. In that case the source returns where it begins; this is committed before anything is
    // read, so that a daemon which is killed begins there again and not where the log ends by then.
    // Otherwise, or when the position does not matter, it returns "".
    virtual std::string start(const std::optional<std::string>& position) = 0;

    enum class Read : uint8_t {
        Lines,  // the batch holds something; there may be more
        Idle,   // nothing to read now: wait for wake_fd() or a second
        Ended,  // nothing will ever come again (replay)
    };
    // Clears the batch and fills it with at most about 1 MiB. Never throws because of a file's content or
    // changes.
    virtual Read read(Batch& batch) = 0;

    // What was read may wait until other sources of the cluster have told what came before it
    // (MergedSources).
    virtual bool can_wait() const { return false; }
    // More was written than has come yet, and is on its way: other sources of the cluster wait longer for it.
    virtual bool is_late() const { return false; }
    // When to read() again though wake_fd() says nothing; max(): no earlier than usual.
    virtual std::chrono::steady_clock::time_point due() const {
        return std::chrono::steady_clock::time_point::max();
    }
    // Where to resume when only the lines up to this one, which a newline ends, were passed on. Of the last
    // batch, which can_be_cut.
    virtual std::string position_after(const Line& /*line*/) { return {}; }

    // Rows of its own, beside its position: load() is called once, before start(); save() writes into the
    // transaction that makes durable what was returned until then. docs/state.md names the tables.
    virtual void load(const StateReader& /*state*/) {}
    virtual void save(StateWriter& /*state*/) {}
    // A client waits until what was returned is durable, so the commit does not wait for more events.
    virtual bool is_awaited() const { return false; }

    // Everything that was returned is durable now, with all its effects, so that senders may be told. Not
    // called when a commit fails; the next successful commit covers everything that waited.
    virtual void committed() {}

    // Becomes readable when there may be something to read; -1: ask every second. Drained by read().
    virtual int wake_fd() const { return -1; }
    // Whatever there may be to read makes wake_fd() readable: a look every two seconds is enough.
    virtual bool hears_all() const { return false; }
    virtual SourceStatus status() const = 0;
    virtual void measure(MetricWriter& /*metrics*/) const {}

    // Certificates, tokens and the like are read again. Throws std::runtime_error when one cannot be used:
    // those in use stay.
    virtual void reload() {}

  private:
    bool is_of_one_cluster_ = false;
};

}  // namespace redshank
