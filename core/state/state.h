// What detectors keep over a restart: named tables of rows, key to JSON text. The daemon commits them in one
// transaction with the source positions and the findings, so state and position always agree. Rows are
// readable with sqlite3 (table `state`); docs/state.md describes them.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace redshank {

class StateWriter {
  public:
    virtual ~StateWriter() = default;
    // Inserts or replaces. `table` is "detector.what", e.g. "unusual_access.last_access"; `value` is JSON.
    virtual void put(std::string_view table, std::string_view key, std::string_view value) = 0;
    virtual void erase(std::string_view table, std::string_view key) = 0;
};

class StateReader {
  public:
    virtual ~StateReader() = default;
    virtual std::optional<std::string> get(std::string_view table, std::string_view key) const = 0;
    // In key order (bytes). The views live during the call. Only keys that begin with `prefix`.
    virtual void scan(std::string_view table, std::string_view prefix,
                      const std::function<void(std::string_view key, std::string_view value)>& row) const = 0;

    // Said by whoever reads: the row is damaged, or of a version that is not known, and its key begins anew.
    // The row stays until its key is written again.
    virtual void unusable(std::string_view /*table*/, std::string_view /*key*/) const {}
    // Said by whoever reads: the rows of this table have these fields (columns_of() in row.h).
    virtual void reads(std::string_view /*table*/, std::string (* /*columns*/)()) const {}
};

}  // namespace redshank
