// The state that survives a restart: named tables of rows, from key to JSON text. The daemon commits them in
// one transaction with the source positions and the findings, so that state and positions always agree. Rows
// can be read with sqlite3 (table `state`); docs/state.md describes them.
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
    // False: nothing is kept. Who saves into it need not remember what changes after that.
    virtual bool keeps() const { return true; }
};

// Of a run without a state (`replay`).
class NoState final : public StateWriter {
  public:
    void put(std::string_view /*table*/, std::string_view /*key*/, std::string_view /*value*/) override {}
    void erase(std::string_view /*table*/, std::string_view /*key*/) override {}
    bool keeps() const override { return false; }
};

class StateReader {
  public:
    virtual ~StateReader() = default;
    virtual std::optional<std::string> get(std::string_view table, std::string_view key) const = 0;
    // Visits the rows whose keys begin with `prefix`, in the order of the keys' bytes. The views live during
    // the call.
    virtual void scan(std::string_view table, std::string_view prefix,
                      const std::function<void(std::string_view key, std::string_view value)>& row) const = 0;

    // The reader of a row calls this when the row is damaged or of an unknown version; the owner then starts
    // without it. The row stays in the state until its key is written again.
    virtual void unusable(std::string_view /*table*/, std::string_view /*key*/) const {}
    // The reader of a table calls this to declare the fields of its rows (columns_of() in row.h).
    virtual void reads(std::string_view /*table*/, std::string (* /*columns*/)()) const {}
};

}  // namespace redshank
