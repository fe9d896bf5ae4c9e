#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "core/state/state.h"

namespace redshank {

struct TextHash {
    using is_transparent = void;
    size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
};

// Rows by key that are kept over restarts: only rows that were touched since the last save() are written, and
// there are never more than `cap`. Beyond it the tenth that is worth least goes: what was hardly ever used
// first, then what was used longest ago; so a flood of names that are used once cannot push out what is
// established.
//
// A Row has: std::string write() const; static Row read(std::string_view); int64_t used() const
// (microseconds); bool established() const.
template <class Row>
class BoundedTable {
  public:
    BoundedTable(std::string name, size_t cap) : name_(std::move(name)), cap_(cap) {}

    const Row* find(std::string_view key) const {
        const auto at = rows_.find(key);
        return at == rows_.end() ? nullptr : &at->second.row;
    }

    // The row, made when absent, to be changed now: the reference is good until the next call.
    Row& change(std::string_view key) {
        auto at = rows_.find(key);
        if (at == rows_.end()) {
            if (rows_.size() >= cap_) evict();
            at = rows_.emplace(std::string(key), Held{}).first;
        }
        if (!at->second.dirty) {
            at->second.dirty = true;
            dirty_.push_back(at->first);
        }
        return at->second.row;
    }

    void erase(std::string_view key) {
        const auto at = rows_.find(key);
        if (at == rows_.end()) return;
        dirty_.push_back(at->first);
        rows_.erase(at);
    }

    size_t size() const { return rows_.size(); }
    uint64_t evictions() const { return evictions_; }
    const std::string& name() const { return name_; }

    template <class Visit>
    void each(Visit visit) const {
        for (const auto& [key, held] : rows_) visit(key, held.row);
    }

    void load(const StateReader& state) {
        state.scan(name_, "", [this](std::string_view key, std::string_view value) {
            rows_[std::string(key)] = Held{Row::read(value), false};
        });
    }

    void save(StateWriter& state) {
        for (const std::string& key : std::exchange(dirty_, {})) {
            const auto at = rows_.find(key);
            if (at == rows_.end()) {
                state.erase(name_, key);
            } else if (std::exchange(at->second.dirty, false)) {
                state.put(name_, key, at->second.row.write());
            }
        }
    }

  private:
    struct Held {
        Row row;
        bool dirty = false;
    };

    void evict() {
        struct Worth {
            bool established;
            int64_t used;
            const std::string* key;
            bool operator<(const Worth& other) const {
                if (established != other.established) return !established;
                return used != other.used ? used < other.used : *key < *other.key;
            }
        };
        std::vector<Worth> all;
        all.reserve(rows_.size());
        for (const auto& [key, held] : rows_) all.push_back({held.row.established(), held.row.used(), &key});
        const auto cut = all.begin() + static_cast<std::ptrdiff_t>(all.size() / 10 + 1);
        std::nth_element(all.begin(), cut - 1, all.end());
        std::vector<std::string> gone;
        for (auto at = all.begin(); at != cut; ++at) gone.push_back(*at->key);
        for (const std::string& key : gone) erase(key);
        evictions_ += gone.size();
    }

    const std::string name_;
    const size_t cap_;
    std::unordered_map<std::string, Held, TextHash, std::equal_to<>> rows_;
    std::vector<std::string> dirty_;
    uint64_t evictions_ = 0;
};

// Rows of numbers are written as JSON arrays: "[1,2,3]".
std::string write_numbers(std::initializer_list<int64_t> numbers);
// Missing or bad numbers are 0.
void read_numbers(std::string_view text, std::initializer_list<int64_t*> out);

}  // namespace redshank
