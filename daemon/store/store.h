// The one database: positions, detector state, findings, outbox, in one transaction. docs/state.md describes
// the tables.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/finding/finding.h"
#include "core/incident/news.h"
#include "core/state/state.h"

namespace redshank {

// What people should hear of, until the delivery side has taken it over.
struct OutboxItem {
    int64_t sequence = 0;
    News news;
};

// Caps; beyond them the oldest go, and are counted.
struct StoreLimits {
    size_t findings = 100'000;  // rows of the table
    size_t outbox = 100'000;    // rows of the table
    size_t pending = 10'000;    // findings, and outbox entries, held in memory while the disk is full
};

// Since the store was opened, for /metrics.
struct StoreCounts {
    uint64_t commits = 0, failed_commits = 0;
    uint64_t findings_evicted = 0, outbox_evicted = 0;
    uint64_t pending_dropped = 0;
};

// One connection. Not thread-safe: the pipeline, the delivery thread and each command open their own (WAL:
// readers do not block the writer, and writers wait for each other's transactions).
class Store {
  public:
    enum class Mode : uint8_t {
        ReadWrite,  // owns the database: makes it, checks it, migrates it. One process at a time.
        Attached,  // writes beside an owner in the same process: the delivery thread. Opened after the owner.
        ReadOnly,  // commands; also while the daemon runs
    };

    // ReadWrite: makes what is missing (folder 0700, files 0600) and migrates to the current schema. A
    // damaged database is renamed to NAME.damaged-<time> and a fresh one made; `damage()` then says so.
    // Throws std::runtime_error (path, reason, what to do) when the folder cannot be used, another process
    // owns the database, its schema is newer than ours; and, in the other modes, when there is no database.
    static std::unique_ptr<Store> open(const std::string& path, Mode mode, StoreLimits limits = {});
    // ReadWrite, with a fresh database; one that is there is renamed in the same way. `damage()` begins with
    // `why`.
    static std::unique_ptr<Store> open_anew(const std::string& path, const std::string& why,
                                            StoreLimits limits = {});
    virtual ~Store() = default;

    // "" when the database was sound; else one sentence.
    virtual const std::string& damage() const = 0;
    // In that sentence, when an older database is no longer used.
    static constexpr std::string_view kSetAside = "set aside as ";
    bool begins_anew() const { return damage().find(kSetAside) != std::string::npos; }

    // The committed state. Reading throws std::runtime_error when the database cannot be read. Rows are read
    // in portions, so that a slow reader does not block the writer.
    virtual const StateReader& state() const = 0;
    virtual std::optional<std::string> position(std::string_view source) const = 0;

    // Whether others (the other thread, a command) may have committed since the last call. An idle daemon
    // asks this before it looks at what they may have said.
    virtual bool may_have_changed() = 0;

    // Everything between begin() and commit() becomes durable together or not at all.
    virtual void begin() = 0;
    virtual StateWriter& writer() = 0;
    virtual void set_position(std::string_view source, std::string_view position) = 0;
    virtual void upsert_finding(const Finding& finding) = 0;
    // Into the outbox; one that is there already with this (id, status, count, severity) stays as it is.
    virtual void enqueue(const News& news) = 0;
    // False when it could not be made durable (full disk, I/O error): everything since begin() is kept in
    // memory and goes with the next commit; detection goes on. `problem()` says why, "" after a success.
    // True means: on disk, through kill -9 and through power loss.
    virtual bool commit() = 0;
    virtual const std::string& problem() const = 0;

    // Delivery side. Those after a sequence, oldest first; empty also when the database cannot be read (see
    // problem()).
    virtual std::vector<OutboxItem> outbox(size_t limit, int64_t after = 0) const = 0;
    // Between begin() and commit() part of that transaction; else durable at once, false when it could not
    // be: outbox() then gives the same items again, and it is tried again with the next call.
    virtual bool remove_from_outbox(int64_t up_to_sequence) = 0;

    virtual const StoreCounts& counts() const = 0;

    // Newest first; null bounds mean open.
    struct FindingQuery {
        std::optional<audit::Time> since, until = {};  // of their last evidence, both included
        std::string id = {};                           // this one alone; "" for all
        size_t most = SIZE_MAX;                        // no more than so many, the newest
        std::string detector;                          // "" for all
        std::string mentions;                          // a part of their JSON as it is written; "" for all
        Severity min_severity = Severity::Info;
    };
    virtual void findings(const FindingQuery& query,
                          const std::function<void(const Finding&)>& row) const = 0;
};

}  // namespace redshank
