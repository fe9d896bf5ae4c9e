#include "daemon/store/schema.h"

#include <array>
#include <string>

namespace redshank {

namespace {

constexpr std::string_view kFirst = R"sql(
CREATE TABLE positions(
    source TEXT PRIMARY KEY NOT NULL,
    position TEXT NOT NULL
) WITHOUT ROWID;

CREATE TABLE state(
    tbl TEXT NOT NULL,
    key TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY(tbl, key)
) WITHOUT ROWID;

CREATE TABLE findings(
    id TEXT PRIMARY KEY NOT NULL,
    time TEXT NOT NULL,
    detector TEXT NOT NULL,
    kind TEXT NOT NULL,
    severity TEXT NOT NULL,
    status TEXT NOT NULL,
    count INTEGER NOT NULL,
    json TEXT NOT NULL
);
CREATE INDEX findings_by_time ON findings(time);

CREATE TABLE outbox(
    sequence INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL,
    status TEXT NOT NULL,
    count INTEGER NOT NULL,
    severity TEXT NOT NULL,
    json TEXT NOT NULL,
    UNIQUE(id, status, count, severity)
);
)sql";

constexpr std::array kMigrations{kFirst};

}  // namespace

std::span<const std::string_view> migrations() {
    return kMigrations;
}

int64_t schema_version(const sqlite::Connection& db) {
    return db.number("PRAGMA user_version");
}

void migrate(sqlite::Connection& db, std::span<const std::string_view> steps) {
    const auto newest = static_cast<int64_t>(steps.size());
    const int64_t found = schema_version(db);
    if (found == newest) return;
    if (found > newest || found < 0) {
        throw NewerSchema("a later redshank wrote this state: schema version " + std::to_string(found) +
                          " is newer than this redshank knows (" + std::to_string(newest) +
                          "). Install that release again, or move the file away to begin anew");
    }
    db.in_one_transaction([&] {
        for (auto step = static_cast<size_t>(found); step < steps.size(); ++step) {
            db.execute(std::string(steps[step]));
        }
        db.execute("PRAGMA application_id = " + std::to_string(kApplicationId));
        db.execute("PRAGMA user_version = " + std::to_string(newest));
    });
}

}  // namespace redshank
