#include "daemon/store/sqlite_store.h"

#include <utility>

#include "core/finding/finding_json.h"

namespace redshank {

namespace {

constexpr size_t kPortionRows = 1000, kPortionBytes = 1u << 20;  // what a reader takes in one go

// `severity IN (…)` for everything at least as severe.
std::string severities_from(Severity least) {
    std::string list;
    for (int rank = static_cast<int>(least); rank <= static_cast<int>(Severity::Critical); ++rank) {
        list += list.empty() ? "'" : ", '";
        list += to_string(static_cast<Severity>(rank));
        list += "'";
    }
    return "severity IN (" + list + ")";
}

}  // namespace

struct SqliteStore::Writes {
    explicit Writes(const sqlite::Connection& db)
        : begin(db, "BEGIN IMMEDIATE"),
          commit(db, "COMMIT"),
          put(db, "INSERT OR REPLACE INTO state(tbl, key, value) VALUES(?1, ?2, ?3)"),
          erase(db, "DELETE FROM state WHERE tbl = ?1 AND key = ?2"),
          position(db, "INSERT OR REPLACE INTO positions(source, position) VALUES(?1, ?2)"),
          add_finding(
              db,
              "INSERT OR IGNORE INTO findings(id, time, detector, kind, severity, status, count, json)"
              " VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)"),
          change_finding(db,
                         "UPDATE findings SET time = ?2, detector = ?3, kind = ?4, severity = ?5,"
                         " status = ?6, count = ?7, json = ?8 WHERE id = ?1"),
          evict_findings(db,
                         "DELETE FROM findings WHERE id IN (SELECT id FROM findings ORDER BY time LIMIT ?1)"),
          enqueue(db,
                  "INSERT OR IGNORE INTO outbox(id, status, count, severity, json)"
                  " VALUES(?1, ?2, ?3, ?4, ?5)"),
          evict_outbox(db, "DELETE FROM outbox WHERE sequence <= (SELECT max(sequence) FROM outbox) - ?1"),
          remove_outbox(db, "DELETE FROM outbox WHERE sequence <= ?1") {}

    sqlite::Statement begin, commit, put, erase, position, add_finding, change_finding, evict_findings,
        enqueue, evict_outbox, remove_outbox;
};

SqliteStore::SqliteStore(sqlite::Connection db, std::shared_ptr<OwnerLock> lock, std::string damage,
                         Mode mode, StoreLimits limits)
    : lock_(std::move(lock)),
      db_(std::move(db)),
      damage_(std::move(damage)),
      path_(db_.path()),
      file_(identity_of(path_)),
      limits_(limits),
      pending_(limits.pending),
      get_(db_, "SELECT value FROM state WHERE tbl = ?1 AND key = ?2"),
      scan_(db_, "SELECT key, value FROM state WHERE tbl = ?1 AND key >= ?2 ORDER BY key"),
      scan_on_(db_, "SELECT key, value FROM state WHERE tbl = ?1 AND key > ?2 ORDER BY key"),
      position_(db_, "SELECT position FROM positions WHERE source = ?1"),
      outbox_(db_, "SELECT sequence, json FROM outbox WHERE sequence > ?1 ORDER BY sequence"),
      version_(db_, "PRAGMA data_version") {
    if (mode == Mode::ReadOnly) return;
    writes_ = std::make_unique<Writes>(db_);
    findings_ = static_cast<uint64_t>(db_.number("SELECT count(*) FROM findings"));
}

SqliteStore::~SqliteStore() = default;

bool SqliteStore::may_have_changed() {
    std::optional<int64_t> now;
    try {
        version_.start();
        if (version_.next()) now = version_.number(0);
    } catch (const sqlite::Error&) {
        // Cannot be read just now: nobody can say.
    }
    version_.reset();
    return std::exchange(known_version_, now) != now || !now;
}

bool SqliteStore::commit() {
    in_transaction_ = false;
    counts_.pending_dropped = pending_.dropped();
    if (pending_.empty()) return true;
    if (!is_still_there()) {
        ++counts_.failed_commits;
        return false;
    }
    if (!writes_->begin.run() || !write() || !writes_->commit.run()) {
        problem_ = db_.last_error();
        db_.roll_back();
        ++counts_.failed_commits;
        forget_erased();
        return false;
    }
    if (wal_ == FileIdentity{}) wal_ = identity_of(path_ + "-wal");
    problem_.clear();
    pending_.clear();
    findings_ += new_findings_ - evicted_findings_;
    counts_.findings_evicted += evicted_findings_;
    counts_.outbox_evicted += evicted_outbox_;
    ++counts_.commits;
    return true;
}

// A commit into a file without a name would be lost at the end, and another daemon could start beside this
// one.
// Commits into files that have lost their names would be lost with the process, and a removed lock lets a
// second daemon start.
bool SqliteStore::is_still_there() {
    const bool is_ours = !lock_ || lock_->renew();
    const FileIdentity now = identity_of(path_), log = identity_of(path_ + "-wal");
    const bool has_log = wal_ == FileIdentity{} || log == wal_;
    if (now == file_ && has_log && is_ours) return true;
    if (now == file_ && !has_log && log == FileIdentity{} && is_ours) rescue_log();
    const bool is_about_log = now == file_ && !has_log;
    problem_ = is_about_log ? path_ + "-wal" : path_;
    if (now != file_ || !has_log) {
        problem_ += (is_about_log ? log : now) == FileIdentity{} ? ": somebody has removed it"
                                                                 : ": somebody has put another in its place";
        problem_ += " while redshank runs";
    }
    if (!is_ours) problem_ += ": another process owns the state by now";
    problem_ += "; what redshank knows waits in memory: ";
    problem_ += now == file_ ? "restart redshank"
                             : "put the file back, or restart redshank, which begins a new state";
    return false;
}

// What was committed is in a log that is open here alone: it goes into the database, once.
void SqliteStore::rescue_log() {
    if (std::exchange(is_rescued_, true)) return;
    try {
        db_.execute("PRAGMA wal_checkpoint(TRUNCATE)");
    } catch (const sqlite::Error&) {
        is_rescued_ = false;  // the next commit tries again
    }
}

void SqliteStore::forget_erased() {
    try {
        pending_.forget_erased(
            [this](std::string_view table, std::string_view key) { return get(table, key).has_value(); });
    } catch (const sqlite::Error&) {
        // Not even readable: tried again after the next failure.
    }
}

bool SqliteStore::write() {
    for (const auto& [table, rows] : pending_.state()) {
        for (const auto& [key, value] : rows) {
            if (!(value ? writes_->put.run(table, key, *value) : writes_->erase.run(table, key)))
                return false;
        }
    }
    for (const auto& [source, position] : pending_.positions()) {
        if (!writes_->position.run(source, position)) return false;
    }
    if (!write_findings()) return false;
    evicted_outbox_ = 0;
    for (const OutboxRow& row : pending_.outbox()) {
        if (!writes_->enqueue.run(row.id, row.status, row.count, row.severity, row.json)) return false;
    }
    if (!pending_.outbox().empty()) {
        // Sequence numbers have no holes but at the old end, so their span is the number of rows.
        if (!writes_->evict_outbox.run(uint64_t{limits_.outbox})) return false;
        evicted_outbox_ = db_.changes();
    }
    return pending_.removed_up_to() == 0 || writes_->remove_outbox.run(pending_.removed_up_to());
}

bool SqliteStore::write_findings() {
    new_findings_ = evicted_findings_ = 0;
    for (const FindingRow& row : pending_.findings()) {
        const auto fill = [&](sqlite::Statement& statement) {
            return statement.run(row.id, row.time, row.detector, row.kind, row.severity, row.status,
                                 row.count, row.json);
        };
        if (!fill(writes_->add_finding)) return false;
        if (db_.changes() == 1) {
            ++new_findings_;
        } else if (!fill(writes_->change_finding)) {
            return false;
        }
    }
    const uint64_t total = findings_ + new_findings_;
    if (total <= limits_.findings) return true;
    if (!writes_->evict_findings.run(total - limits_.findings)) return false;
    evicted_findings_ = db_.changes();
    return true;
}

std::vector<OutboxItem> SqliteStore::outbox(size_t limit, int64_t after) const {
    std::vector<OutboxItem> items;
    try {
        outbox_.start(after);
        while (items.size() < limit && outbox_.next()) {
            // An unreadable item is removed together with those after it.
            if (auto news = news_from_json(outbox_.text(1))) {
                items.push_back({outbox_.number(0), std::move(*news)});
            }
        }
    } catch (const sqlite::Error& error) {
        problem_ = error.what();
    }
    outbox_.reset();
    return items;
}

void SqliteStore::scan(std::string_view table, std::string_view prefix,
                       const std::function<void(std::string_view, std::string_view)>& row) const {
    std::vector<std::pair<std::string, std::string>> portion;
    std::string from(prefix);
    for (sqlite::Statement* statement = &scan_;; statement = &scan_on_) {
        portion.clear();
        statement->start(table, from);
        bool more = true;
        for (size_t bytes = 0; portion.size() < kPortionRows && bytes < kPortionBytes;) {
            more = statement->next() && statement->text(0).starts_with(prefix);
            if (!more) break;
            portion.emplace_back(statement->text(0), statement->text(1));
            bytes += portion.back().first.size() + portion.back().second.size();
        }
        statement->reset();
        for (const auto& [key, value] : portion) row(key, value);
        if (!more) return;
        from = portion.back().first;
    }
}

void SqliteStore::findings(const FindingQuery& query, const std::function<void(const Finding&)>& row) const {
    const std::string since = query.since ? audit::format_time(*query.since) : "";
    const std::string until = query.until ? audit::format_time(*query.until) : "~";  // after every time
    sqlite::Statement select(
        db_,
        "SELECT rowid FROM findings WHERE time >= ?1 AND time <= ?3 AND (?2 = '' OR detector = ?2) AND "
        "(?5 = '' OR instr(json, ?5) > 0) AND " +
            std::string(query.id.empty() ? "?4 = '' AND " : "id = ?4 AND ") +
            severities_from(query.min_severity) + " ORDER BY time DESC, rowid DESC");
    std::vector<int64_t> rows;
    for (select.start(since, query.detector, until, query.id, query.mentions);
         rows.size() < query.most && select.next();)
        rows.push_back(select.number(0));

    // One by one: each finding is returned once, in its newest form, even if the daemon changes it meanwhile.
    sqlite::Statement fetch(db_, "SELECT json FROM findings WHERE rowid = ?1");
    for (const int64_t id : rows) {
        fetch.start(id);
        if (!fetch.next()) continue;
        const auto finding = finding_from_json(fetch.text(0));
        fetch.reset();
        if (finding) row(*finding);
    }
}

}  // namespace redshank
