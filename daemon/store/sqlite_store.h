// The Store on SQLite.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "daemon/store/database_file.h"
#include "daemon/store/pending.h"
#include "daemon/store/sqlite.h"
#include "daemon/store/store.h"

namespace redshank {

class SqliteStore final : public Store, private StateReader, private StateWriter {
  public:
    // `lock` is null unless the mode is ReadWrite. Throws sqlite::Error when the tables are not ours.
    SqliteStore(sqlite::Connection db, std::shared_ptr<OwnerLock> lock, std::string damage, Mode mode,
                StoreLimits limits);
    ~SqliteStore() override;

    const std::string& damage() const override { return damage_; }
    const StateReader& state() const override { return *this; }
    StateWriter& writer() override { return *this; }
    const std::string& problem() const override { return problem_; }
    const StoreCounts& counts() const override { return counts_; }

    std::optional<std::string> position(std::string_view source) const override {
        return value_of(position_, source);
    }

    bool may_have_changed() override;
    void begin() override { in_transaction_ = true; }
    void set_position(std::string_view source, std::string_view position) override {
        pending_.set_position(source, position);
    }
    void upsert_finding(const Finding& finding) override { pending_.upsert_finding(finding); }
    void enqueue(const News& news) override { pending_.enqueue(news); }
    bool remove_from_outbox(int64_t up_to_sequence) override {
        pending_.remove_from_outbox(up_to_sequence);
        return in_transaction_ || commit();
    }

    bool commit() override;
    std::vector<OutboxItem> outbox(size_t limit, int64_t after) const override;
    void findings(const FindingQuery& query, const std::function<void(const Finding&)>& row) const override;

  private:
    struct Writes;  // the statements that write, prepared once

    // StateReader and StateWriter.
    std::optional<std::string> get(std::string_view table, std::string_view key) const override {
        return value_of(get_, table, key);
    }
    void scan(std::string_view table, std::string_view prefix,
              const std::function<void(std::string_view, std::string_view)>& row) const override;
    void put(std::string_view table, std::string_view key, std::string_view value) override {
        pending_.put(table, key, std::string(value));
    }
    void erase(std::string_view table, std::string_view key) override {
        pending_.put(table, key, std::nullopt);
    }

    template <typename... Arguments>
    static std::optional<std::string> value_of(sqlite::Statement& statement, const Arguments&... arguments) {
        statement.start(arguments...);
        if (!statement.next()) return std::nullopt;
        std::string value(statement.text(0));
        statement.reset();
        return value;
    }

    bool is_still_there();
    void rescue_log();
    bool write();
    bool write_findings();
    void forget_erased();

    std::shared_ptr<OwnerLock> lock_;  // let go of after the database is closed
    sqlite::Connection db_;
    const std::string damage_;
    const std::string path_;
    const FileIdentity file_;  // as it was opened
    FileIdentity wal_;         // its write-ahead log, since the first commit
    bool is_rescued_ = false;  // the log was written into the database after somebody had removed it
    const StoreLimits limits_;
    Pending pending_;
    bool in_transaction_ = false;
    std::unique_ptr<Writes> writes_;  // null when ReadOnly
    mutable sqlite::Statement get_, scan_, scan_on_, position_, outbox_;
    sqlite::Statement version_;             // of the data, which commits of this connection do not change
    std::optional<int64_t> known_version_;  // at the last may_have_changed()
    mutable std::string problem_;
    StoreCounts counts_;
    uint64_t findings_ = 0;      // rows of the table, committed
    uint64_t new_findings_ = 0;  // rows added by the transaction that is being written
    uint64_t evicted_findings_ = 0, evicted_outbox_ = 0;  // by the same
};

}  // namespace redshank
