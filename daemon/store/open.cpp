// Store::open(): finding, making, checking and mending the database file.
#include <fmt/format.h>

#include <charconv>
#include <filesystem>
#include <string_view>
#include <utility>

#include "daemon/store/database_file.h"
#include "daemon/store/schema.h"
#include "daemon/store/sqlite.h"
#include "daemon/store/sqlite_store.h"

namespace redshank {

namespace fs = std::filesystem;

namespace {

constexpr int kBusyMilliseconds = 5000;  // how long a writer waits for another's transaction
// So many pages come together in the log before the commit that adds the last carries them over into the
// database, which takes three syncs. Who writes beside the owner does it earlier: delivery, which has sent by
// then what it commits, while what the owner commits waits to be sent.
constexpr int kPagesOfOwner = 1000, kPagesBeside = 500;
// The length of the log from the start: kPagesOfOwner, and a transaction more. Not where the disk has little
// room.
constexpr int64_t kLogBytes = 5 << 20;
constexpr uint64_t kRoomForLog = 64 << 20;
constexpr size_t kLogPiece = 120 << 10;  // SQLite writes less than 128 KiB at a time

sqlite::Connection connect(const std::string& path, int flags) {
    sqlite::Connection db(path, flags | SQLITE_OPEN_NOMUTEX);
    sqlite3_busy_timeout(db.raw(), kBusyMilliseconds);
    return db;
}

// `alone`: no other connection reads or writes beside this one, so it needs no index file.
sqlite::Connection connect_to_write(const std::string& path, int pages, bool alone = false) {
    sqlite::Connection db = connect(path, SQLITE_OPEN_READWRITE);
    if (alone) db.execute("PRAGMA locking_mode = EXCLUSIVE");
    db.execute(fmt::format("PRAGMA wal_autocheckpoint = {}", pages));
    // FULL syncs the log at each commit; NORMAL syncs at checkpoints only, so that a power cut could undo
    // what was accepted from the API server's webhook or sent to a receiver. It costs one sync for each
    // commit.
    db.execute("PRAGMA synchronous = FULL");
    db.execute("PRAGMA journal_size_limit = 16777216");  // after a burst, give the space back
    return db;
}

// A file that grows makes the file system note its length at each sync, which took 5 ms in one of ten, while
// in a file that has its length nine of ten take half a millisecond. What is behind the end of a log is never
// read.
void lengthen_log(sqlite::Connection& db) {
    if (!has_room(db.path(), kRoomForLog)) return;
    try {
        db.execute("BEGIN IMMEDIATE");  // nobody else adds to it meanwhile
    } catch (const sqlite::Error&) {
        return;  // it grows by itself
    }
    sqlite3_file* log = nullptr;
    sqlite3_int64 size = kLogBytes;
    sqlite3_file_control(db.raw(), "main", SQLITE_FCNTL_JOURNAL_POINTER, &log);
    if (log && log->pMethods) log->pMethods->xFileSize(log, &size);
    const std::string zeros(kLogPiece, '\0');
    for (; size < kLogBytes; size += static_cast<sqlite3_int64>(zeros.size())) {
        if (log->pMethods->xWrite(log, zeros.data(), static_cast<int>(zeros.size()), size) != SQLITE_OK)
            break;
    }
    db.roll_back();
}

// quick_check says of a page that the disk does not give "failed to get page 227", or "unable to get the
// page. error code=266": that may pass, and the page may be sound.
bool is_disk_error(const std::string& verdict) {
    constexpr std::string_view kCode = "error code=";
    const size_t at = verdict.find(kCode);
    if (at == verdict.npos) return verdict.find("failed to get page") != verdict.npos;
    int code = 0;
    std::from_chars(verdict.data() + at + kCode.size(), verdict.data() + verdict.size(), code);
    return (code & 0xff) == SQLITE_IOERR;
}

void refuse_what_is_no_file(const std::string& path) {
    if (const std::string problem = obstacle(path); !problem.empty())
        throw std::runtime_error(path + ": " + problem);
}

void refuse_logs(const std::string& path) {
    if (looks_like_a_log(path))
        throw std::runtime_error(
            path + ": a log or packed file, not a database; name the state with --state or state_dir");
}

// A sound database that somebody else made.
void refuse_foreign(const sqlite::Connection& db, const std::string& path) {
    const int64_t id = db.number("PRAGMA application_id");
    if (id == kApplicationId || db.number("SELECT count(*) FROM sqlite_schema") == 0) return;
    if (db.number("SELECT count(*) FROM sqlite_schema WHERE name = 'positions'") > 0) return;
    throw std::runtime_error(
        fmt::format("{}: the database of another program (its table '{}' is none of redshank's); "
                    "name another place (state_dir, --state), or move it away",
                    path, db.text("SELECT name FROM sqlite_schema LIMIT 1")));
}

// Throws sqlite::Error when the file is no sound database of ours.
sqlite::Connection connect_as_owner(const std::string& path, bool alone) {
    sqlite::Connection db = connect_to_write(path, kPagesOfOwner, alone);
    if (db.number("PRAGMA application_id") != kApplicationId || schema_version(db) == 0) {
        throw sqlite::Error(SQLITE_NOTADB, path + ": not a database of redshank");
    }
    try {
        migrate(db);
    } catch (const NewerSchema& error) {
        throw NewerSchema(path + ": " + error.what());
    }
    if (const std::string verdict = db.text("PRAGMA quick_check(1)"); verdict != "ok") {
        throw sqlite::Error(is_disk_error(verdict) ? SQLITE_IOERR : SQLITE_CORRUPT, path + ": " + verdict);
    }
    if (!alone) lengthen_log(db);
    return db;
}

// Reading needs the log's index beside the database. If it cannot be created and there is no log, the file
// alone is enough.
sqlite::Connection connect_to_read(const std::string& path) {
    try {
        sqlite::Connection db = connect(path, SQLITE_OPEN_READONLY);
        schema_version(db);
        return db;
    } catch (const sqlite::Error&) {
        if (fs::exists(path + "-wal")) throw;
        std::string uri = "file:";
        for (const char c : path)
            uri += c == '%' ? "%25" : c == '?' ? "%3f" : c == '#' ? "%23" : std::string(1, c);
        return connect(uri + "?immutable=1", SQLITE_OPEN_READONLY | SQLITE_OPEN_URI);
    }
}

sqlite::Connection connect_to_existing(const std::string& path, Store::Mode mode) {
    if (fs::file_size(path) == 0)
        throw std::runtime_error(
            path +
            ": is empty, and was never a database; the daemon sets it aside at its next start "
            "and begins anew");
    // The file is opened by SQLite alone: where any other descriptor of it is closed, the process loses the
    // locks of all its connections, and the pages of the daemon come by here.
    try {
        sqlite::Connection db =
            mode == Store::Mode::Attached ? connect_to_write(path, kPagesBeside) : connect_to_read(path);
        refuse_foreign(db, path);
        return db;
    } catch (const sqlite::Error& error) {
        if (!error.is_damage()) throw std::runtime_error(path + ": cannot be read: " + error.what());
        throw std::runtime_error(
            fmt::format("{}: is damaged, or no database: {}; the daemon sets it aside at its next start and "
                        "begins anew, and "
                        "`sqlite3 FILE .recover` saves what can be read",
                        path, error.what()));
    }
}

std::unique_ptr<Store> open_existing(const std::string& path, Store::Mode mode, StoreLimits limits) {
    refuse_what_is_no_file(path);
    if (!fs::exists(path)) {
        throw std::runtime_error(path + ": no database here; give --state, or start redshank to make one");
    }
    sqlite::Connection db = connect_to_existing(path, mode);
    const auto known = static_cast<int64_t>(migrations().size());
    if (const int64_t found = schema_version(db); found != known) {
        throw std::runtime_error(fmt::format(
            "{}: schema version {}, not {}; {}", path, found, known,
            found < known ? "the daemon of this version brings it up to date" : "a later redshank wrote it"));
    }
    return std::make_unique<SqliteStore>(std::move(db), nullptr, "", mode, limits);
}

// The old database goes aside, and a new one is made. Says so.
std::string begin_anew(const std::string& path, const std::string& reason) {
    const std::string aside = set_aside(path);
    create_database(path);
    return reason + "; " + std::string(Store::kSetAside) + aside + ", state begins anew";
}

std::unique_ptr<Store> open_as_owner(const std::string& path, StoreLimits limits) {
    make_folder_of(path);
    refuse_what_is_no_file(path);
    const auto lock = std::make_shared<OwnerLock>(path);
    const auto try_open = [&](std::string damage, bool alone = false) {
        return std::make_unique<SqliteStore>(connect_as_owner(path, alone), lock, std::move(damage),
                                             Store::Mode::ReadWrite, limits);
    };
    if (!fs::exists(path)) create_database(path);
    std::string reason;
    try {
        return try_open("");
    } catch (const sqlite::Error& error) {
        if (error.is_disk() && is_full(path)) {
            // There is no room for the index that connections share; a single connection needs none.
            return try_open(
                std::string(error.what()) +
                    "; until a restart with free space nobody else can read the state, and alerts wait in "
                    "memory",
                true);
        }
        if (!error.is_damage() && !error.is_schema()) throw;
        reason = error.what();
    }
    refuse_logs(path);
    return try_open(begin_anew(path, reason));
}

}  // namespace

std::unique_ptr<Store> Store::open_anew(const std::string& path, const std::string& why, StoreLimits limits) {
    if (!fs::exists(path)) return open_as_owner(path, limits);
    auto lock = std::make_shared<OwnerLock>(path);
    std::string damage = begin_anew(path, why);
    return std::make_unique<SqliteStore>(connect_as_owner(path, false), std::move(lock), std::move(damage),
                                         Mode::ReadWrite, limits);
}

std::unique_ptr<Store> Store::open(const std::string& path, Mode mode, StoreLimits limits) {
    return mode == Mode::ReadWrite ? open_as_owner(path, limits) : open_existing(path, mode, limits);
}

}  // namespace redshank
