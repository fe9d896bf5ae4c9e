#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "daemon/store/sqlite.h"

namespace redshank {

// Which rows of the database have changed since they were last copied elsewhere, whoever changed them: the
// pipeline, the delivery side, a command. Triggers note their keys in the table `changes`, in the transaction
// that changes them, so that what is noted and what is stored always agree. docs/state.md.
//
// One connection; not thread-safe. The database must exist. Reading throws sqlite::Error.
class ChangeFeed {
  public:
    explicit ChangeFeed(const std::string& path);

    // Which copy this database was the last to write, and which one it went on from; "" for none.
    struct Copy {
        std::string own, previous;
    };
    Copy copy();
    // From now on this database writes a copy of this name, beginning with everything (`all`) or with what
    // has changed since.
    void begin(const Copy& copy, bool all);

    // Nothing is noted any more.
    void end();

    // A row, as it is copied: nothing when it is gone. The views live during the call.
    using Take = std::function<void(std::string_view key, std::optional<std::string_view> value)>;
    // Every row that has changed, as all were at one moment. Returns the number of the last change; 0: none.
    int64_t changes(const Take& take);
    // Those up to this number are copied. False when the disk did not take it: they are copied again.
    bool copied(int64_t up_to);

    // Fills the database, which is new, from a copy: `rows` calls its argument with one row after the other,
    // of which later ones replace earlier ones. All rows or, when `rows` throws, none.
    void fill(const std::function<void(const Take&)>& rows);

  private:
    void fill_row(std::string_view key, std::optional<std::string_view> value);
    std::optional<std::string> value_of(std::string_view what, std::string_view key);
    sqlite::Statement& prepared(std::string_view sql);
    template <typename... Arguments>
    std::optional<std::string> one(std::string_view sql, const Arguments&... arguments);
    template <typename... Arguments>
    void must(std::string_view sql, const Arguments&... arguments);

    sqlite::Connection db_;
    std::map<std::string, sqlite::Statement, std::less<>> prepared_;
};

}  // namespace redshank
