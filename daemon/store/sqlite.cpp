#include "daemon/store/sqlite.h"

#include <system_error>

namespace redshank::sqlite {

namespace {

// "PATH: reason"; call it before any other use of the connection. "disk I/O error" alone does not help.
std::string message(sqlite3* db) {
    const char* path = sqlite3_db_filename(db, "main");
    std::string text = (path && *path ? std::string(path) + ": " : std::string{}) + sqlite3_errmsg(db);
    const int code = sqlite3_errcode(db) & 0xff;
    const int error = code == SQLITE_IOERR || code == SQLITE_CANTOPEN ? sqlite3_system_errno(db) : 0;
    return error == 0 ? text : text + ": " + std::generic_category().message(error);
}

[[noreturn]] void fail(sqlite3* db, int code) {
    throw Error(code, db ? message(db) : sqlite3_errstr(code));
}

}  // namespace

Connection::Connection(const std::string& path_or_uri, int flags) {
    sqlite3* db = nullptr;
    const int code = sqlite3_open_v2(path_or_uri.c_str(), &db, flags, nullptr);
    db_.reset(db);
    if (code != SQLITE_OK) fail(db, code);
    sqlite3_extended_result_codes(db, 1);
}

std::string Connection::last_error() const {
    return message(db_.get());
}

std::string Connection::path() const {
    const char* path = sqlite3_db_filename(db_.get(), "main");
    return path ? path : "";
}

void Connection::execute(const std::string& sql) {
    const int code = sqlite3_exec(db_.get(), sql.c_str(), nullptr, nullptr, nullptr);
    if (code != SQLITE_OK) fail(db_.get(), code);
}

std::string Connection::text(const std::string& sql) const {
    Statement statement(*this, sql);
    return statement.next() ? std::string(statement.text(0)) : std::string{};
}

int64_t Connection::number(const std::string& sql) const {
    Statement statement(*this, sql);
    return statement.next() ? statement.number(0) : 0;
}

void Connection::roll_back() noexcept {
    if (in_transaction()) sqlite3_exec(db_.get(), "ROLLBACK", nullptr, nullptr, nullptr);
}

Statement::Statement(const Connection& db, std::string_view sql) {
    sqlite3_stmt* statement = nullptr;
    const int code = sqlite3_prepare_v3(db.raw(), sql.data(), static_cast<int>(sql.size()),
                                        SQLITE_PREPARE_PERSISTENT, &statement, nullptr);
    if (code != SQLITE_OK) fail(db.raw(), code);
    statement_.reset(statement);
}

bool Statement::next() {
    const int code = sqlite3_step(statement_.get());
    if (code == SQLITE_ROW) return true;
    if (code == SQLITE_DONE) {
        reset();
        return false;
    }
    const std::string what = message(sqlite3_db_handle(statement_.get()));
    reset();
    throw Error(code, what);
}

std::string_view Statement::text(int column) const {
    const auto* bytes = static_cast<const char*>(sqlite3_column_blob(statement_.get(), column));
    return bytes
               ? std::string_view(bytes, static_cast<size_t>(sqlite3_column_bytes(statement_.get(), column)))
               : std::string_view{};
}

}  // namespace redshank::sqlite
