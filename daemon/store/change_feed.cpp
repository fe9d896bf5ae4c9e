#include "daemon/store/change_feed.h"

#include <fmt/format.h>

#include <array>
#include <vector>

#include "core/finding/finding_json.h"
#include "core/state/key.h"
#include "daemon/store/pending.h"

namespace redshank {

namespace {

constexpr int kWaitForWriters = 5000;  // milliseconds

// A table that is copied: `what` names it in keys, of which `key` is the rest. `OF` stands for the row that
// changes.
struct CopiedTable {
    const char *what, *table, *key;
};
constexpr std::array kCopied{
    CopiedTable{"state", "state", "OF.tbl || char(31) || OF.key"},
    CopiedTable{"position", "positions", "OF.source"},
    CopiedTable{"finding", "findings", "OF.id"},
    CopiedTable{"outbox", "outbox",
                "OF.id || char(31) || OF.status || char(31) || OF.count || char(31) || OF.severity"},
};

std::string with_row(std::string key, std::string_view row) {
    for (size_t at = 0; (at = key.find("OF.", at)) != key.npos;) key.replace(at, 2, row);
    return key;
}

// Not ON CONFLICT: the statement that fires a trigger says what becomes of conflicts in it.
std::string trigger(const CopiedTable& copied, std::string_view event, std::string_view row) {
    const std::string key = with_row(copied.key, row);
    return fmt::format(
        "CREATE TRIGGER IF NOT EXISTS changes_of_{0}_{1} AFTER {1} ON {0} BEGIN "
        "DELETE FROM changes WHERE what = '{2}' AND key = {3}; "
        "INSERT INTO changes(what, key) VALUES('{2}', {3}); END",
        copied.table, event, copied.what, key);
}

std::vector<std::string_view> parts_of(std::string_view key, size_t most) {
    std::vector<std::string_view> parts;
    while (parts.size() + 1 < most) {
        const size_t mark = key.find(kKeyMark);
        if (mark == key.npos) break;
        parts.push_back(key.substr(0, mark));
        key.remove_prefix(mark + 1);
    }
    parts.push_back(key);
    parts.resize(most);
    return parts;
}

sqlite::Connection connect(const std::string& path) {
    sqlite::Connection db(path, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX);
    sqlite3_busy_timeout(db.raw(), kWaitForWriters);
    db.execute("PRAGMA synchronous = FULL");  // the name of a copy is on the disk before the copy has it
    return db;
}

}  // namespace

ChangeFeed::ChangeFeed(const std::string& path) : db_(connect(path)) {}

sqlite::Statement& ChangeFeed::prepared(std::string_view sql) {
    const auto known = prepared_.find(sql);
    return known != prepared_.end() ? known->second
                                    : prepared_.emplace(sql, sqlite::Statement(db_, sql)).first->second;
}

template <typename... Arguments>
std::optional<std::string> ChangeFeed::one(std::string_view sql, const Arguments&... arguments) {
    sqlite::Statement& select = prepared(sql);
    select.start(arguments...);
    std::optional<std::string> value;
    if (select.next()) value = select.text(0);
    select.reset();
    return value;
}

template <typename... Arguments>
void ChangeFeed::must(std::string_view sql, const Arguments&... arguments) {
    if (!prepared(sql).run(arguments...)) throw sqlite::Error(SQLITE_ERROR, db_.last_error());
}

ChangeFeed::Copy ChangeFeed::copy() {
    if (db_.number("SELECT count(*) FROM sqlite_schema WHERE name = 'copied'") == 0) return {};
    sqlite::Statement select(db_, "SELECT own, previous FROM copied");
    select.start();
    if (!select.next()) return {};
    return {std::string(select.text(0)), std::string(select.text(1))};
}

void ChangeFeed::begin(const Copy& copy, bool all) {
    db_.in_one_transaction([&] {
        db_.execute(
            "CREATE TABLE IF NOT EXISTS changes(sequence INTEGER PRIMARY KEY AUTOINCREMENT, what TEXT NOT "
            "NULL,"
            " key TEXT NOT NULL, UNIQUE(what, key));"
            "CREATE TABLE IF NOT EXISTS copied(own TEXT NOT NULL, previous TEXT NOT NULL);"
            "DELETE FROM copied");
        must("INSERT INTO copied(own, previous) VALUES(?1, ?2)", copy.own, copy.previous);
        for (const CopiedTable& copied : kCopied) {
            db_.execute(trigger(copied, "INSERT", "NEW"));
            db_.execute(trigger(copied, "UPDATE", "NEW"));
            db_.execute(trigger(copied, "DELETE", "OLD"));
            if (!all) continue;
            db_.execute(fmt::format("INSERT OR IGNORE INTO changes(what, key) SELECT '{}', {} FROM {}",
                                    copied.what, with_row(copied.key, copied.table), copied.table));
        }
    });
}

void ChangeFeed::end() {
    std::string drop = "DROP TABLE IF EXISTS changes; DROP TABLE IF EXISTS copied;";
    for (const CopiedTable& copied : kCopied) {
        for (const char* event : {"INSERT", "UPDATE", "DELETE"})
            drop += fmt::format("DROP TRIGGER IF EXISTS changes_of_{}_{};", copied.table, event);
    }
    db_.in_one_transaction([&] { db_.execute(drop); });
}

std::optional<std::string> ChangeFeed::value_of(std::string_view what, std::string_view key) {
    if (what == "state") {
        const auto parts = parts_of(key, 2);
        return one("SELECT value FROM state WHERE tbl = ?1 AND key = ?2", parts[0], parts[1]);
    }
    if (what == "position") return one("SELECT position FROM positions WHERE source = ?1", key);
    if (what == "finding") return one("SELECT json FROM findings WHERE id = ?1", key);
    const auto parts = parts_of(key, 4);
    return one(
        "SELECT json FROM outbox WHERE id = ?1 AND status = ?2 AND count = CAST(?3 AS INTEGER) AND "
        "severity = ?4",
        parts[0], parts[1], parts[2], parts[3]);
}

int64_t ChangeFeed::changes(const Take& take) {
    db_.execute("BEGIN");  // what follows sees the database as of its first read
    int64_t last = 0;
    try {
        sqlite::Statement select(db_, "SELECT sequence, what, key FROM changes ORDER BY sequence");
        for (select.start(); select.next();) {
            last = select.number(0);
            const std::string what(select.text(1)), key(select.text(2));
            const auto value = value_of(what, key);
            take(what + kKeyMark + key, value ? std::optional<std::string_view>(*value) : std::nullopt);
        }
        select.reset();
    } catch (...) {
        db_.roll_back();
        throw;
    }
    db_.roll_back();
    return last;
}

bool ChangeFeed::copied(int64_t up_to) {
    return sqlite::Statement(db_, "DELETE FROM changes WHERE sequence <= ?1").run(up_to);
}

void ChangeFeed::fill_row(std::string_view row_key, std::optional<std::string_view> value) {
    const auto head = parts_of(row_key, 2);
    const std::string_view what = head[0], key = head[1];
    if (what == "state") {
        const auto parts = parts_of(key, 2);
        must("DELETE FROM state WHERE tbl = ?1 AND key = ?2", parts[0], parts[1]);
        if (value) must("INSERT INTO state(tbl, key, value) VALUES(?1, ?2, ?3)", parts[0], parts[1], *value);
    } else if (what == "position") {
        must("DELETE FROM positions WHERE source = ?1", key);
        if (value) must("INSERT INTO positions(source, position) VALUES(?1, ?2)", key, *value);
    } else if (what == "finding") {
        must("DELETE FROM findings WHERE id = ?1", key);
        const auto finding = value ? finding_from_json(*value) : std::nullopt;
        if (!finding) return;
        const FindingRow row = row_of(*finding);
        must(
            "INSERT INTO findings(id, time, detector, kind, severity, status, count, json)"
            " VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
            row.id, row.time, row.detector, row.kind, row.severity, row.status, row.count, *value);
    } else if (what == "outbox") {
        const auto parts = parts_of(key, 4);
        must(
            "DELETE FROM outbox WHERE id = ?1 AND status = ?2 AND count = CAST(?3 AS INTEGER) AND severity = "
            "?4",
            parts[0], parts[1], parts[2], parts[3]);
        if (value)
            must(
                "INSERT INTO outbox(id, status, count, severity, json)"
                " VALUES(?1, ?2, CAST(?3 AS INTEGER), ?4, ?5)",
                parts[0], parts[1], parts[2], parts[3], *value);
    }
}

void ChangeFeed::fill(const std::function<void(const Take&)>& rows) {
    db_.in_one_transaction([&] {
        rows([this](std::string_view key, std::optional<std::string_view> value) { fill_row(key, value); });
    });
}

}  // namespace redshank
