#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <utility>

#include "core/state/state.h"

namespace redshank {

// How many, by table.
using UnusableRows = std::map<std::string, uint64_t, std::less<>>;

// A state that counts the rows that could not be used, each once however often it is read, and names them.
class CheckedState final : public StateReader {
  public:
    // `say` gets one line for each of the first kNamed rows, made safe for a terminal. `state` must outlive
    // this.
    CheckedState(const StateReader& state, std::function<void(const std::string& line)> say)
        : state_(state), say_(std::move(say)) {}

    static constexpr size_t kNamed = 100;          // beyond, rows are counted and not named
    static constexpr size_t kRemembered = 10'000;  // beyond, a row that is read again counts again

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
