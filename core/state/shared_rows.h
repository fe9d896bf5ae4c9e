// Rows by text, for very many small ones whose keys have parts in common (the name of one user is in the keys
// of dozens of habits). A key is four numbers of texts (text_pool.h), and rows are side by side: with its key
// a row takes about 30 bytes more than what it holds, in TextRows about 60 and the text.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "core/state/keyed_hash.h"
#include "core/state/text_pool.h"

namespace redshank {

inline constexpr size_t kKeyParts = 4;
using KeyParts = std::array<std::string_view, kKeyParts>;

// `Split` cuts a text into parts: KeyParts operator()(std::string_view) const. Joined they are the text; how
// it is cut depends on nothing but the text. Has the functions of TextRows.
template <class Held, class Split>
class SharedRows {
  public:
    // Derived, so that a key begins in the last bytes of what is held, where these are free.
    class Entry : Held {
        friend SharedRows;
        std::array<uint32_t, kKeyParts> parts_;  // the first of a free place is kAbsent, the second the next
        uint32_t order_ = 0;
    };
    static Held& held(Entry& entry) { return entry; }
    static const Held& held(const Entry& entry) { return entry; }

    // Tables that share texts have the pool in common.
    explicit SharedRows(std::shared_ptr<TextPool> pool = std::make_shared<TextPool>())
        : pool_(std::move(pool)) {}
    SharedRows(SharedRows&& other) noexcept : SharedRows(nullptr) { *this = std::move(other); }
    SharedRows& operator=(SharedRows&& other) noexcept {
        std::swap(pool_, other.pool_);
        std::swap(blocks_, other.blocks_);
        std::swap(slots_, other.slots_);
        std::swap(used_, other.used_);
        std::swap(free_, other.free_);
        std::swap(size_, other.size_);
        return *this;
    }
    SharedRows(const SharedRows&) = delete;
    SharedRows& operator=(const SharedRows&) = delete;
    ~SharedRows() {
        // Nobody else has the texts.
        if (std::is_trivially_destructible_v<Held> && pool_.use_count() <= 1) return;
        for (Entry& entry : *this) {
            give_back(entry);
            entry.~Entry();
        }
    }

    size_t size() const { return size_; }
    bool empty() const { return size_ == 0; }
    std::string key(const Entry& entry) const {
        std::string text;
        append_key(entry, text);
        return text;
    }
    // An order of the rows that depends on their keys only, and is at hand. Different keys may have the same.
    static uint32_t order(const Entry& entry) { return entry.order_; }

    Entry* find(std::string_view text) { return const_cast<Entry*>(std::as_const(*this).find(text)); }
    const Entry* find(std::string_view text) const {
        if (size_ == 0) return nullptr;
        const uint32_t hash = keyed_hash(text);
        for (size_t at = home_of(hash); slots_[at].place != kNone; at = after(at)) {
            if (slots_[at].hash != hash) continue;
            const Entry& entry = at_place(slots_[at].place);
            if (is_key(entry, text)) return &entry;
        }
        return nullptr;
    }

    // The key must be absent.
    Entry& add(std::string_view text) {
        if (slots_.size() * kMostOf8 <= size_ * 8) grow();
        const uint32_t place = next_free();
        Entry& entry = *new (&at_place(place)) Entry;
        const KeyParts parts = Split()(text);
        for (size_t i = 0; i < kKeyParts; ++i) entry.parts_[i] = pool_->take(parts[i]);
        entry.order_ = keyed_hash(text, kOrder);
        put({place, keyed_hash(text)});
        ++size_;
        return entry;
    }

    // What stands behind it moves up, so that a search may end at the first free place.
    void erase(Entry& entry) {
        text_.clear();
        append_key(entry, text_);
        size_t free = home_of(keyed_hash(text_));
        while (&at_place(slots_[free].place) != &entry) free = after(free);
        const uint32_t place = slots_[free].place;
        for (size_t at = after(free); slots_[at].place != kNone; at = after(at)) {
            if (!is_between(free, home_of(slots_[at].hash), at)) {
                slots_[free] = slots_[at];
                free = at;
            }
        }
        slots_[free].place = kNone;
        --size_;
        give_back(entry);
        entry.~Entry();
        entry.parts_[0] = TextPool::kAbsent;
        entry.parts_[1] = free_;
        free_ = place;
    }

    template <class Rows, class Of>
    class Iterator {
      public:
        Of& operator*() const { return rows_->at_place(at_); }
        Iterator& operator++() {
            ++at_;
            skip();
            return *this;
        }
        bool operator==(const Iterator& other) const { return at_ == other.at_; }

      private:
        friend SharedRows;
        Iterator(Rows* rows, uint32_t at) : rows_(rows), at_(at) { skip(); }
        void skip() {
            while (at_ != rows_->used_ && rows_->at_place(at_).parts_[0] == TextPool::kAbsent) ++at_;
        }
        Rows* rows_;
        uint32_t at_;
    };
    // In the order of places; valid until a row is added or erased.
    auto begin() { return Iterator<SharedRows, Entry>(this, 0); }
    auto end() { return Iterator<SharedRows, Entry>(this, used_); }
    auto begin() const { return Iterator<const SharedRows, const Entry>(this, 0); }
    auto end() const { return Iterator<const SharedRows, const Entry>(this, used_); }

  private:
    static constexpr size_t kMostOf8 = 6;  // places of eight that are taken before it grows
    static constexpr size_t kFirst = 8;    // places
    static constexpr uint32_t kBlock = 128, kNone = UINT32_MAX;
    // The same in every process: which row goes must not depend on it.
    static constexpr HashKey kOrder{0x243f6a8885a308d3, 0xc2b2ae3d27d4eb4f};
    struct Slot {
        uint32_t place = kNone;  // in the blocks
        uint32_t hash = 0;       // of the key: most others are told apart by it
    };
    struct Block {
        alignas(Entry) std::byte bytes[kBlock * sizeof(Entry)];
    };

    Entry& at_place(uint32_t place) {
        return reinterpret_cast<Entry*>(blocks_[place / kBlock]->bytes)[place % kBlock];
    }
    const Entry& at_place(uint32_t place) const {
        return reinterpret_cast<const Entry*>(blocks_[place / kBlock]->bytes)[place % kBlock];
    }
    uint32_t next_free() {
        if (free_ != kNone) return std::exchange(free_, at_place(free_).parts_[1]);
        if (used_ % kBlock == 0) blocks_.emplace_back(new Block);  // its bytes stay as they are
        return used_++;
    }
    void append_key(const Entry& entry, std::string& to) const {
        for (const uint32_t part : entry.parts_) to += pool_->text(part);
    }
    void give_back(const Entry& entry) {
        for (const uint32_t part : entry.parts_) pool_->give_back(part);
    }

    // Whether the parts, joined, are the text: how it is cut is not asked.
    bool is_key(const Entry& entry, std::string_view text) const {
        for (const uint32_t number : entry.parts_) {
            const std::string_view part = pool_->text(number);
            if (!text.starts_with(part)) return false;
            text.remove_prefix(part.size());
        }
        return text.empty();
    }
    size_t home_of(uint32_t hash) const {
        return static_cast<size_t>((static_cast<uint64_t>(hash) * slots_.size()) >> 32);
    }
    size_t after(size_t at) const { return at + 1 == slots_.size() ? 0 : at + 1; }
    // Whether `middle` is one of the places behind `from`, up to `to`, around the end.
    static bool is_between(size_t from, size_t middle, size_t to) {
        return from < to ? from < middle && middle <= to : from < middle || middle <= to;
    }
    void put(Slot slot) {
        size_t at = home_of(slot.hash);
        while (slots_[at].place != kNone) at = after(at);
        slots_[at] = slot;
    }
    void grow() {
        const std::vector<Slot> before =
            std::exchange(slots_, std::vector<Slot>(std::max(kFirst, slots_.size() + slots_.size() / 2)));
        for (const Slot slot : before) {
            if (slot.place != kNone) put(slot);
        }
    }

    std::shared_ptr<TextPool> pool_;
    std::vector<std::unique_ptr<Block>> blocks_;
    std::vector<Slot> slots_;  // by hash
    uint32_t used_ = 0;        // places that ever held a row
    uint32_t free_ = kNone;    // the first place that holds none any more
    size_t size_ = 0;
    std::string text_;  // of the last erased key
};

// Keys of BoundedTable.
template <class Split>
struct SharedKeys {
    using Key = std::string;
    using View = std::string_view;
    template <class Held>
    using Rows = SharedRows<Held, Split>;
    static std::string_view text(std::string_view key) { return key; }
    static std::optional<std::string> key(std::string_view text) { return std::string(text); }
};

}  // namespace redshank
