// A thin skin over the SQLite C API: handles that close themselves, and nothing more.
#pragma once

#include <sqlite3.h>

#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>

namespace redshank::sqlite {

// Thrown while opening, preparing and reading. Writing reports failures as return values.
class Error : public std::runtime_error {
  public:
    Error(int code, const std::string& what) : std::runtime_error(what), code_(code & 0xff) {}
    // The bytes themselves are wrong, as opposed to a disk that is full or a folder that is closed to us.
    bool is_damage() const { return code_ == SQLITE_CORRUPT || code_ == SQLITE_NOTADB; }
    // The SQL does not fit the tables.
    bool is_schema() const { return code_ == SQLITE_ERROR || code_ == SQLITE_MISMATCH; }

    // The disk failed.
    bool is_disk() const { return code_ == SQLITE_IOERR || code_ == SQLITE_FULL || code_ == SQLITE_CANTOPEN; }

  private:
    int code_;
};

class Connection {
  public:
    // `flags` as sqlite3_open_v2 takes them.
    Connection(const std::string& path_or_uri, int flags);

    sqlite3* raw() const { return db_.get(); }
    void execute(const std::string& sql);
    // First column of the first row.
    std::string text(const std::string& sql) const;
    int64_t number(const std::string& sql) const;
    std::string last_error() const;
    std::string path() const;
    // Rows touched by the last statement that wrote.
    uint64_t changes() const { return static_cast<uint64_t>(sqlite3_changes64(db_.get())); }
    bool in_transaction() const { return sqlite3_get_autocommit(db_.get()) == 0; }
    // Rolls back the open transaction, if any. Never fails: what cannot be rolled back now is rolled back
    // when the database is next opened.
    void roll_back() noexcept;
    // Does `work` in one transaction that writes: all or nothing of it is kept, and what it throws goes on.
    template <typename Work>
    void in_one_transaction(Work work) {
        execute("BEGIN IMMEDIATE");
        try {
            work();
            execute("COMMIT");
        } catch (...) {
            roll_back();
            throw;
        }
    }

  private:
    struct Close {
        void operator()(sqlite3* db) const { sqlite3_close_v2(db); }
    };
    std::unique_ptr<sqlite3, Close> db_;
};

// A prepared statement, to be used again and again. Parameters and columns are counted from 0.
class Statement {
  public:
    Statement(const Connection& db, std::string_view sql);

    // Binds the arguments to ?1, ?2, … and runs a statement that gives no rows. False when it failed.
    template <typename... Arguments>
    bool run(const Arguments&... arguments) {
        start(arguments...);
        const bool done = sqlite3_step(statement_.get()) == SQLITE_DONE;
        reset();
        return done;
    }

    // Binds the arguments; next() then goes from row to row.
    template <typename... Arguments>
    void start(const Arguments&... arguments) {
        reset();
        int at = 0;
        (bind(++at, arguments), ...);
    }
    // False at the end. Throws Error.
    bool next();
    // Ends a reading early: a statement in the middle of its rows keeps the log from being truncated.
    void reset() noexcept { sqlite3_reset(statement_.get()); }

    std::string_view text(int column) const;
    int64_t number(int column) const { return sqlite3_column_int64(statement_.get(), column); }

  private:
    struct Finalize {
        void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
    };
    // The text must live until the statement has run: callers pass what outlives the call.
    void bind(int at, std::string_view text) {
        sqlite3_bind_text64(statement_.get(), at, text.empty() ? "" : text.data(), text.size(), SQLITE_STATIC,
                            SQLITE_UTF8);
    }
    void bind(int at, int64_t number) { sqlite3_bind_int64(statement_.get(), at, number); }
    void bind(int at, uint64_t number) { bind(at, static_cast<int64_t>(number)); }

    std::unique_ptr<sqlite3_stmt, Finalize> statement_;
};

}  // namespace redshank::sqlite
