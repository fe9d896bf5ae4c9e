#pragma once

#include <algorithm>
#include <iterator>
#include <list>
#include <string>
#include <utility>
#include <vector>

#include "core/state/bounded_table.h"

namespace redshank {

// Rows by key that survive a restart, in the order of their last touch(). The order is an order of calls, so
// it depends on the events only. A Row has a member `uint64_t touched`, which it describes: the number of the
// call that touched it last. The owner evicts while is_over_full(); each step takes constant time. Not
// thread-safe.
template <class Row, class Keys = HashedText>
class RecentTable {
  public:
    using Key = typename Keys::Key;
    using View = typename Keys::View;

    // `name` is the table's name in the state.
    RecentTable(std::string name, size_t cap) : rows_(std::move(name), cap), cap_(cap) {}

    // Returns the row for a change, created if it is absent, and makes it the newest. The reference is valid
    // until the row is erased.
    Row& touch(View key) {
        Placed& row = rows_.change(key);
        if (row.key == nullptr) {
            put_last(rows_.handle(key).key(), row);
        } else {
            order_.splice(order_.end(), order_, row.place);
        }
        row.touched = calls_ = std::max(calls_ + 1, next_call_);
        return row;
    }
    // The next touch() has at least this number.
    void go_on_from(uint64_t call) { next_call_ = call; }
    // Returns a row that is there for a change; its place stays.
    Row& change(View key) { return rows_.change(key); }

    const Row* find(View key) const { return rows_.find(key); }
    // For changes in this run only: the stored row stays as it is until change() or touch().
    Row* find_quietly(View key) { return rows_.find_quietly(key); }
    bool contains(View key) const { return rows_.contains(key); }
    bool empty() const { return rows_.empty(); }
    size_t size() const { return rows_.size(); }

    // The row that was touched longest ago. Not when empty().
    const Key& oldest_key() const { return *order_.front()->key; }
    const Row& oldest() const { return *order_.front(); }

    bool erase(View key) {
        Placed* const row = rows_.find_quietly(key);
        if (row == nullptr) return false;
        order_.erase(row->place);
        rows_.erase(key);
        return true;
    }
    void clear() {
        order_.clear();
        rows_.clear();
    }
    bool is_over_full() const { return rows_.size() > cap_; }
    void evict_oldest() {
        erase(Key(oldest_key()));
        ++evictions_;
    }
    uint64_t evictions() const { return evictions_; }

    // The number of the last touch().
    uint64_t calls() const { return calls_; }
    // Visits the rows that were touched after the call of this number, the oldest first. visit(key, row) may
    // change() rows, and neither touch nor erase them.
    template <class Visit>
    void each_since(uint64_t call, Visit visit) const {
        auto at = order_.end();
        while (at != order_.begin() && (*std::prev(at))->touched > call) --at;
        for (; at != order_.end(); ++at) visit(*(*at)->key, static_cast<const Row&>(**at));
    }

    // In the state each key has `prefix` before it. `taken` as in BoundedTable.
    template <class Taken>
    void load(const StateReader& state, std::string_view prefix, Taken taken) {
        rows_.load(state, prefix,
                   [&](const Key& key, Placed& row) { return row.touched < kMostCalls && taken(key, row); });
        std::vector<std::pair<uint64_t, const Key*>> loaded;
        rows_.each([&](const Key& key, const Placed& row) { loaded.emplace_back(row.touched, &key); });
        std::sort(loaded.begin(), loaded.end(), [](const auto& a, const auto& b) {
            return a.first != b.first ? a.first < b.first : *a.second < *b.second;
        });
        for (const auto& [touched, key] : loaded) {
            put_last(*key, *rows_.find_quietly(*key));
            calls_ = touched;
        }
    }
    void load(const StateReader& state, std::string_view prefix = "") {
        load(state, prefix, [](const Key&, const Row&) { return true; });
    }
    void save(StateWriter& state, std::string_view prefix = "") { rows_.save(state, prefix); }

  private:
    static constexpr uint64_t kMostCalls = uint64_t{1} << 62;  // in no life of a daemon

    struct Placed;
    using Order = std::list<Placed*>;
    struct Placed : Row {
        typename Order::iterator place{};
        const Key* key = nullptr;  // in rows_
    };

    void put_last(const Key& key, Placed& row) {
        row.key = &key;
        row.place = order_.insert(order_.end(), &row);
    }

    BoundedTable<Placed, Keys> rows_;
    Order order_;
    size_t cap_;
    uint64_t calls_ = 0, next_call_ = 0, evictions_ = 0;
};

}  // namespace redshank
