#pragma once

#include <algorithm>
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
        const Handle place = rows_.handle(key);
        Placed& row = rows_.change(place);
        if (place != newest_) {
            if (row.touched != 0) take_out(row);
            put_last(place, row);
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
    View oldest_key() const { return oldest_.key(); }
    const Row& oldest() const { return oldest_.row(); }

    bool erase(View key) {
        Placed* const row = rows_.find_quietly(key);
        if (row == nullptr) return false;
        take_out(*row);
        rows_.erase(key);
        return true;
    }
    void clear() {
        oldest_ = newest_ = {};
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
        Handle at;
        for (Handle before = newest_; before != Handle{} && before.row().touched > call;) {
            at = before;
            before = before.row().before;
        }
        for (; at != Handle{}; at = at.row().after) visit(at.key(), static_cast<const Row&>(at.row()));
    }

    // In the state each key has `prefix` before it. `taken` as in BoundedTable.
    template <class Taken>
    void load(const StateReader& state, std::string_view prefix, Taken taken) {
        rows_.load(state, prefix, [&](const Key& key, Placed& row) {
            return row.touched > 0 && row.touched < kMostCalls && taken(key, row);
        });
        std::vector<std::pair<uint64_t, Handle>> loaded;
        rows_.each_handle([&](const Handle& place) { loaded.emplace_back(place.row().touched, place); });
        std::sort(loaded.begin(), loaded.end(), [](const auto& a, const auto& b) {
            return a.first != b.first ? a.first < b.first : a.second.key() < b.second.key();
        });
        for (const auto& [touched, place] : loaded) {
            put_last(place, rows_.quietly(place));
            calls_ = touched;
        }
    }
    void load(const StateReader& state, std::string_view prefix = "") {
        load(state, prefix, [](View, const Row&) { return true; });
    }
    void save(StateWriter& state, std::string_view prefix = "") { rows_.save(state, prefix); }

  private:
    static constexpr uint64_t kMostCalls = uint64_t{1} << 62;  // in no life of a daemon

    struct Placed;
    using Table = BoundedTable<Placed, Keys>;
    using Handle = typename Table::Handle;
    struct Placed : Row {
        Handle before, after;  // by the order of touching
    };

    void put_last(const Handle& place, Placed& row) {
        row.before = newest_;
        row.after = {};
        (newest_ == Handle{} ? oldest_ : rows_.quietly(newest_).after) = place;
        newest_ = place;
    }
    void take_out(const Placed& row) {
        (row.before == Handle{} ? oldest_ : rows_.quietly(row.before).after) = row.after;
        (row.after == Handle{} ? newest_ : rows_.quietly(row.after).before) = row.before;
    }

    Table rows_;
    Handle oldest_, newest_;  // none when empty()
    size_t cap_;
    uint64_t calls_ = 0, next_call_ = 0, evictions_ = 0;
};

}  // namespace redshank
