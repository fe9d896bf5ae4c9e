#pragma once

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <unordered_map>
#include <utility>
#include <vector>

#include "core/state/row.h"
#include "core/state/state.h"
#include "core/state/text_pool.h"
#include "core/state/text_rows.h"

namespace redshank {

// A map of the standard library with the functions of TextRows. Its rows stay where they are, too.
template <class Map, class View>
class MapRows {
  public:
    using Entry = typename Map::value_type;
    static const auto& key(const Entry& entry) { return entry.first; }
    static View order(const Entry& entry) { return entry.first; }
    static auto& held(Entry& entry) { return entry.second; }
    static const auto& held(const Entry& entry) { return entry.second; }

    size_t size() const { return map_.size(); }
    bool empty() const { return map_.empty(); }
    const Entry* find(View key) const {
        const auto at = map_.find(key);
        return at == map_.end() ? nullptr : &*at;
    }
    Entry* find(View key) {
        const auto at = map_.find(key);
        return at == map_.end() ? nullptr : &*at;
    }
    Entry& add(View key) { return *map_.try_emplace(typename Map::key_type(key)).first; }
    void erase(const Entry& entry) { map_.erase(map_.find(entry.first)); }
    auto begin() { return map_.begin(); }
    auto begin() const { return map_.begin(); }
    auto end() { return map_.end(); }
    auto end() const { return map_.end(); }
    const Map& map() const { return map_; }

  private:
    Map map_;
};

// How the keys of a table are ordered, and written in the state.

struct HashedText {
    using Key = std::string;
    using View = std::string_view;
    template <class Held>
    using Rows = TextRows<Held>;
    static std::string_view text(std::string_view key) { return key; }
    static std::optional<std::string> key(std::string_view text) { return std::string(text); }
};

// Texts in the order of their bytes.
struct OrderedText : HashedText {
    template <class Held>
    using Rows = MapRows<std::map<std::string, Held, std::less<>>, std::string_view>;
};

// Numbers in ascending order, written with at least kDigits digits, so that rows in the state have the same
// order.
template <int kDigits>
struct OrderedNumber {
    using Key = uint64_t;
    using View = uint64_t;
    template <class Held>
    using Rows = MapRows<std::map<uint64_t, Held>, uint64_t>;
    static std::string text(uint64_t key) {
        const std::string digits = std::to_string(key);
        return std::string(kDigits - std::min<size_t>(digits.size(), kDigits), '0') + digits;
    }
    static std::optional<uint64_t> key(std::string_view text) { return parse(text, 10); }

  protected:
    static std::optional<uint64_t> parse(std::string_view text, int base) {
        uint64_t out = 0;
        const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out, base);
        return error == std::errc{} && end == text.data() + text.size() ? std::optional(out) : std::nullopt;
    }
};

// Hashes, written as sixteen hexadecimal digits.
struct HashedNumber : OrderedNumber<16> {
    template <class Held>
    using Rows = MapRows<std::unordered_map<uint64_t, Held>, uint64_t>;
    static std::string text(uint64_t key) {
        static constexpr std::string_view kDigits = "0123456789abcdef";
        std::string out(16, '0');
        for (size_t i = 16; i-- > 0; key >>= 4) out[i] = kDigits[key & 15];
        return out;
    }
    static std::optional<uint64_t> key(std::string_view text) { return parse(text, 16); }
};

// How many rows are evicted from a full table: a tenth, so that the search for them is rarely needed; or one.
enum class Evict : uint8_t { Tenth, One };

// Rows by key that survive a restart. save() writes only rows that were changed since the last save(); after
// one into a NoState it is not noted any more which are. The table holds at most `cap` rows; to make room,
// the rows with the least worth(row), for equal worth those that are first in an order of the keys, are
// evicted and counted.
//
// A Row is described (describe.h), default-constructible, and has a function `worth(const Row&)` that returns
// any ordered type. Without worth() nothing is ever evicted: check is_full() before a new key. Not
// thread-safe.
template <class Row, class Keys = HashedText>
class BoundedTable {
  public:
    using Key = typename Keys::Key;
    using View = typename Keys::View;

    // `name` is the table's name in the state.
    BoundedTable(std::string name, size_t cap, Evict evict = Evict::Tenth)
        : name_(std::move(name)), cap_(cap), evict_(evict) {}
    // With keys that share texts: with those of other tables too.
    BoundedTable(std::string name, size_t cap, std::shared_ptr<TextPool> texts)
        : name_(std::move(name)), cap_(cap), rows_(std::move(texts)) {}
    BoundedTable(BoundedTable&&) noexcept = default;
    BoundedTable& operator=(BoundedTable&&) noexcept = default;

    const Row* find(View key) const {
        const Entry* entry = rows_.find(key);
        return entry == nullptr ? nullptr : &Rows::held(*entry).row;
    }
    // For changes in this run only: the stored row stays as it is until change().
    Row* find_quietly(View key) {
        Entry* entry = rows_.find(key);
        return entry == nullptr ? nullptr : &Rows::held(*entry).row;
    }
    bool contains(View key) const { return rows_.find(key) != nullptr; }
    bool is_full() const { return rows_.size() >= cap_; }

    // Returns the row for a change, created if it is absent. The reference is valid until the row is erased
    // or evicted. Calls `gone(key, row)` before each row that must be evicted for it.
    template <class Gone>
    Row& change(View key, Gone gone) {
        return change(entry_of(key, gone));
    }
    Row& change(View key) { return change(key, NobodyAsks()); }

    // A handle changes a row without a look-up. It is valid while removals() stays the same.
    class Handle;
    Handle handle(View key) {
        Entry& entry = entry_of(key, NobodyAsks());
        change(entry);
        return Handle(entry);
    }
    // One that is false when there is no such row.
    Handle find_handle(View key) {
        Entry* entry = rows_.find(key);
        return entry == nullptr ? Handle() : Handle(*entry);
    }
    Row& change(const Handle& handle) { return change(*handle.entry_); }
    // With what find_handle(key) has returned.
    Row& change(const Handle& found, View key) {
        return found ? change(*found.entry_) : change(new_entry(key, NobodyAsks()));
    }
    // As find_quietly().
    Row& quietly(const Handle& handle) { return Rows::held(*handle.entry_).row; }
    template <class Visit>
    void each_handle(Visit visit) {
        for (Entry& entry : rows_) visit(Handle(entry));
    }
    uint64_t removals() const { return removals_; }

    bool erase(View key) {
        Entry* entry = rows_.find(key);
        if (entry == nullptr) return false;
        erase(*entry);
        return true;
    }
    void clear() {
        std::vector<Entry*> all;
        all.reserve(rows_.size());
        for (Entry& entry : rows_) all.push_back(&entry);
        for (Entry* entry : all) erase(*entry);
    }

    // Whether save() has anything to write.
    bool has_changed() const { return !dirty_.empty() || !gone_.empty(); }
    bool empty() const { return rows_.empty(); }
    size_t size() const { return rows_.size(); }
    uint64_t evictions() const { return evictions_; }
    const std::string& name() const { return name_; }

    // Visits all rows, in the order of the keys if they have one.
    template <class Visit>
    void each(Visit visit) const {
        for (const Entry& entry : rows_) visit(rows_.key(entry), Rows::held(entry).row);
    }
    // For ordered keys: visits rows from this key on, as long as visit(key, row) returns true.
    template <class Visit>
    void each_from(View key, Visit visit) const {
        for (auto at = rows_.map().lower_bound(key);
             at != rows_.map().end() && visit(at->first, at->second.row); ++at) {
        }
    }
    // For ordered keys: visits rows from the last one back, as long as visit(key, row) returns true.
    template <class Visit>
    void each_back(Visit visit) const {
        for (auto at = rows_.map().rbegin(); at != rows_.map().rend() && visit(at->first, at->second.row);
             ++at) {
        }
    }
    // For ordered texts: visits rows whose keys begin with `prefix`, as long as visit(key, row) returns true.
    template <class Visit>
    void each_with(std::string_view prefix, Visit visit) const {
        each_from(prefix, [&](const Key& key, const Row& row) {
            return std::string_view(key).starts_with(prefix) && visit(key, row);
        });
    }

    // In the state each key has `prefix` before it. Calls `taken(key, row)` for every row, which it may still
    // change; if it returns false, the row is not loaded.
    template <class Taken>
    void load(const StateReader& state, std::string_view prefix, Taken taken) {
        load_rows<Row>(state, name_, prefix, [&](std::string_view text, Row row) {
            const auto key = Keys::key(text);
            if (!key || !taken(*key, row)) return false;
            Entry* entry = rows_.find(*key);
            Held& held = Rows::held(entry == nullptr ? rows_.add(*key) : *entry);
            held.row = std::move(row);
            held.is_saved = true;
            return true;
        });
    }
    void load(const StateReader& state, std::string_view prefix = "") {
        load(state, prefix, [](View, const Row&) { return true; });
    }

    void save(StateWriter& state, std::string_view prefix = "") {
        is_kept_ = state.keeps();
        if (!is_kept_) {
            for (Entry* entry : std::exchange(dirty_, {})) Rows::held(*entry).dirty_at = kClean;
            gone_ = {};
            return;
        }
        std::string text(prefix), row;
        const auto in_state = [&](View key) -> const std::string& {
            text.resize(prefix.size());
            return text += Keys::text(key);
        };
        // A row may have come again under the key of one that is gone.
        for (const Key& key : std::exchange(gone_, {})) state.erase(name_, in_state(key));
        for (Entry* entry : std::exchange(dirty_, {})) {
            Held& held = Rows::held(*entry);
            row.clear();
            write_value(row, held.row);
            state.put(name_, in_state(rows_.key(*entry)), row);
            held.dirty_at = kClean;
            held.is_saved = true;
        }
    }

  private:
    static constexpr uint32_t kClean = UINT32_MAX >> 1;
    struct Held {
        Row row{};
        uint32_t dirty_at : 31 = kClean;  // place in dirty_
        uint32_t is_saved : 1 = false;    // the state has a row with this key
    };
    using Rows = typename Keys::template Rows<Held>;
    using Entry = typename Rows::Entry;  // it stays where it is
    struct NobodyAsks {};                // what is evicted

    template <class Gone>
    Entry& entry_of(View key, Gone gone) {
        Entry* entry = rows_.find(key);
        return entry == nullptr ? new_entry(key, gone) : *entry;
    }
    template <class Gone>
    Entry& new_entry(View key, Gone gone) {
        if constexpr (requires(const Row& row) { worth(row); }) {
            if (is_full()) make_room(gone);
        }
        return rows_.add(key);
    }
    Row& change(Entry& entry) {
        Held& held = Rows::held(entry);
        if (held.dirty_at == kClean && is_kept_) {
            held.dirty_at = static_cast<uint32_t>(dirty_.size()) & kClean;
            dirty_.push_back(&entry);
        }
        return held.row;
    }

    // A row that was never saved needs no erasure in the state. dirty_ and gone_ are therefore bounded by the
    // number of rows, however many come and go between two saves.
    void erase(Entry& entry) {
        Held& held = Rows::held(entry);
        if (held.dirty_at != kClean) {  // the last one takes its place
            dirty_[held.dirty_at] = dirty_.back();
            Rows::held(*dirty_[held.dirty_at]).dirty_at = held.dirty_at;
            dirty_.pop_back();
        }
        if (held.is_saved && is_kept_) gone_.emplace_back(rows_.key(entry));
        ++removals_;
        rows_.erase(entry);
    }

    // Worth and order are gathered first: to look them up in each comparison took a quarter of the time of a
    // flood of new users.
    template <class Gone>
    void make_room(Gone gone) {
        struct Candidate {
            decltype(worth(std::declval<const Row&>())) value;
            decltype(Rows::order(std::declval<const Entry&>())) order;
            Entry* entry;
        };
        const auto is_before = [this](const Candidate& a, const Candidate& b) {
            if (a.value != b.value) return a.value < b.value;
            if (a.order != b.order) return a.order < b.order;
            return rows_.key(*a.entry) < rows_.key(*b.entry);
        };
        const size_t count = evict_ == Evict::One ? 1 : std::max<size_t>(rows_.size() / 10, 1);
        // The first so far; of those that come after, each that is before the last one of these.
        std::vector<Candidate> first;
        const auto keep_first = [&] {
            const auto end = first.begin() + static_cast<std::ptrdiff_t>(count);
            std::nth_element(first.begin(), end - 1, first.end(), is_before);
            first.erase(end, first.end());
        };
        first.reserve(std::min(2 * count, rows_.size()));
        bool is_full = false;
        for (Entry& entry : rows_) {
            const Candidate one{worth(Rows::held(entry).row), Rows::order(entry), &entry};
            if (is_full && !is_before(one, first[count - 1])) continue;
            first.push_back(one);
            if (first.size() < 2 * count) continue;
            keep_first();
            is_full = true;
        }
        if (first.empty()) return;
        if (first.size() > count) keep_first();
        for (const Candidate& one : first) {
            if constexpr (!std::is_same_v<Gone, NobodyAsks>)
                gone(rows_.key(*one.entry), Rows::held(*one.entry).row);
            erase(*one.entry);
            ++evictions_;
        }
    }

    std::string name_;
    size_t cap_;
    Evict evict_ = Evict::Tenth;
    Rows rows_;
    std::vector<Entry*> dirty_;  // changed since the last save()
    std::vector<Key> gone_;      // erased since then, and in the state
    bool is_kept_ = true;        // somebody saves what is changed
    uint64_t evictions_ = 0, removals_ = 0;
};

template <class Row, class Keys>
class BoundedTable<Row, Keys>::Handle {
  public:
    Handle() = default;
    View key() const { return Rows::key(*entry_); }
    const Row& row() const { return Rows::held(*entry_).row; }
    bool operator==(const Handle&) const = default;
    explicit operator bool() const { return entry_ != nullptr; }

  private:
    friend BoundedTable;
    explicit Handle(Entry& entry) : entry_(&entry) {}
    Entry* entry_ = nullptr;
};

}  // namespace redshank
