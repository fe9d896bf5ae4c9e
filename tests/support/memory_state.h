// State rows in memory, for tests that save and load.
#pragma once

#include <map>
#include <string>

#include "core/state/state.h"

namespace redshank::test {

class MemoryState : public StateWriter, public StateReader {
  public:
    using Table = std::map<std::string, std::string, std::less<>>;
    std::map<std::string, Table, std::less<>> tables;

    void put(std::string_view table, std::string_view key, std::string_view value) override {
        tables[std::string(table)][std::string(key)] = value;
    }
    void erase(std::string_view table, std::string_view key) override {
        tables[std::string(table)].erase(std::string(key));
    }
    std::optional<std::string> get(std::string_view table, std::string_view key) const override {
        const auto rows = tables.find(table);
        if (rows == tables.end()) return std::nullopt;
        const auto row = rows->second.find(key);
        return row == rows->second.end() ? std::nullopt : std::optional(row->second);
    }
    void scan(std::string_view table, std::string_view prefix,
              const std::function<void(std::string_view, std::string_view)>& row) const override {
        const auto rows = tables.find(table);
        if (rows == tables.end()) return;
        for (auto at = rows->second.lower_bound(prefix);
             at != rows->second.end() && at->first.starts_with(prefix); ++at) {
            row(at->first, at->second);
        }
    }
};

}  // namespace redshank::test
