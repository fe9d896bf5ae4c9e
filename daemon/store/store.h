// The one database: positions, detector state, findings, outbox, in one transaction. docs/state.md describes
// the tables.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "detectors/finding.h"
#include "detectors/state.h"

namespace redshank {

// A finding that people should hear of, until the delivery side has taken it over.
struct OutboxItem {
    int64_t sequence = 0;
    Finding finding;
};

// One connection. Not thread-safe: the pipeline, the delivery thread and each command open their own (WAL:
// readers do not block the writer).
class Store {
  public:
    enum class Mode : uint8_t { ReadWrite, ReadOnly };

    // Opens or creates, migrates to the current schema. A damaged database is renamed to NAME.damaged-<time>
    // and a fresh one made; `damage()` then says so. Throws std::runtime_error (path, reason, what to do)
    // when the folder cannot be used at all, or when ReadOnly finds no database.
    static std::unique_ptr<Store> open(const std::string& path, Mode mode);
    virtual ~Store() = default;

    // "" when the database was sound.
    virtual const std::string& damage() const = 0;

    virtual const StateReader& state() const = 0;
    virtual std::optional<std::string> position(std::string_view source) const = 0;

    // Everything between begin() and commit() becomes durable together or not at all.
    virtual void begin() = 0;
    virtual StateWriter& writer() = 0;
    virtual void set_position(std::string_view source, std::string_view position) = 0;
    virtual void upsert_finding(const Finding& finding) = 0;
    virtual void enqueue(
        const Finding& finding) = 0;  // into the outbox; unique by (id, status, count, severity)
    // False when it could not be made durable (full disk, I/O error): everything since begin() is kept in
    // memory and goes with the next commit; detection goes on. `problem()` says why.
    virtual bool commit() = 0;
    virtual const std::string& problem() const = 0;

    // Delivery side.
    virtual std::vector<OutboxItem> outbox(size_t limit) const = 0;  // oldest first
    virtual void remove_from_outbox(int64_t up_to_sequence) = 0;

    // Newest first; null bounds mean open.
    struct FindingQuery {
        std::optional<audit::Time> since;
        std::string detector;  // "" for all
        Severity min_severity = Severity::Info;
    };
    virtual void findings(const FindingQuery& query,
                          const std::function<void(const Finding&)>& row) const = 0;
};

}  // namespace redshank
