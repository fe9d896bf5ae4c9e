#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <utility>

#include "core/state/state.h"

namespace redshank {

// The number of unusable rows, by table.
using UnusableRows = std::map<std::string, uint64_t, std::less<>>;

// Wraps a state: counts unusable rows, each once however often it is read, and names them in the log.
class CheckedState final : public StateReader {
  public:
    // Calls `say` with one line for each of the first kNamed rows, made safe for a terminal. `state` must
    // outlive this object.
    CheckedState(const StateReader& state, std::function<void(const std::string& line)> say)
        : state_(state), say_(std::move(say)) {}

    static constexpr size_t kNamed = 100;          // further rows are counted but not named
    static constexpr size_t kRemembered = 10'000;  // after so many, a row that is read again counts again

    const UnusableRows& counts() const { return counts_; }

    std::optional<std::string> get(std::string_view table, std::string_view key) const override {
        return state_.get(table, key);
    }
    void scan(std::string_view table, std::string_view prefix,
              const std::function<void(std::string_view, std::string_view)>& row) const override {
        state_.scan(table, prefix, row);
    }
    void reads(std::string_view table, std::string (*columns)()) const override {
        state_.reads(table, columns);
    }
    void unusable(std::string_view table, std::string_view key) const override;

  private:
    const StateReader& state_;
    const std::function<void(const std::string&)> say_;
    mutable std::map<std::string, uint64_t, std::less<>> counts_;
    mutable std::set<std::pair<std::string, std::string>> seen_;
    mutable size_t named_ = 0;
};

}  // namespace redshank
