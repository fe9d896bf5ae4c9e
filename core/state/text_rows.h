// Rows by text, for many small ones. A row and its key are one piece of memory, which stays where it is until
// the row is erased; a place of the table takes nine bytes, and a look-up compares one of them before it
// looks at a row. In std::unordered_map<std::string, …> a row takes 70 bytes more.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <iterator>
#include <memory>
#include <new>
#include <string_view>
#include <utility>
#include <vector>

#include "core/state/keyed_hash.h"

namespace redshank {

// Not thread-safe. The order of rows is another in each process (keyed_hash.h).
template <class Held>
class TextRows {
  public:
    // The bytes of the key follow it.
    class Entry {
        friend TextRows;
        Entry(std::string_view key, uint32_t hash) : hash_(hash), size_(static_cast<uint32_t>(key.size())) {
            if (!key.empty()) std::memcpy(reinterpret_cast<char*>(this + 1), key.data(), key.size());
        }
        Held held_{};
        uint32_t hash_, size_;
    };

    static std::string_view key(const Entry& entry) {
        return {reinterpret_cast<const char*>(&entry + 1), entry.size_};
    }
    static std::string_view order(const Entry& entry) { return key(entry); }
    static Held& held(Entry& entry) { return entry.held_; }
    static const Held& held(const Entry& entry) { return entry.held_; }

    TextRows() = default;
    TextRows(TextRows&& other) noexcept { *this = std::move(other); }
    TextRows& operator=(TextRows&& other) noexcept {
        std::swap(marks_, other.marks_);
        std::swap(places_, other.places_);
        std::swap(size_, other.size_);
        return *this;
    }
    TextRows(const TextRows&) = delete;
    TextRows& operator=(const TextRows&) = delete;
    ~TextRows() {
        for (Entry* entry : places_) {
            if (entry != nullptr) destroy(entry);
        }
    }

    size_t size() const { return size_; }
    bool empty() const { return size_ == 0; }

    Entry* find(std::string_view text) const {
        if (size_ == 0) return nullptr;
        const uint32_t hash = keyed_hash(text);
        const uint8_t mark = mark_of(hash);
        for (size_t at = home_of(hash); marks_[at] != kFree; at = after(at)) {
            if (marks_[at] == mark && places_[at]->hash_ == hash && key(*places_[at]) == text)
                return places_[at];
        }
        return nullptr;
    }

    // The key must be absent.
    Entry& add(std::string_view text) {
        if (places_.size() * kMostOf8 <= size_ * 8) grow();
        static_assert(alignof(Entry) <= __STDCPP_DEFAULT_NEW_ALIGNMENT__);
        Entry* entry = new (::operator new(sizeof(Entry) + text.size())) Entry(text, keyed_hash(text));
        put(entry);
        ++size_;
        return *entry;
    }

    // What stands behind it moves up, so that a search may end at the first free place.
    void erase(Entry& entry) {
        size_t free = home_of(entry.hash_);
        while (places_[free] != &entry) free = after(free);
        for (size_t at = after(free); marks_[at] != kFree; at = after(at)) {
            if (!is_between(free, home_of(places_[at]->hash_), at)) {
                marks_[free] = marks_[at];
                places_[free] = places_[at];
                free = at;
            }
        }
        marks_[free] = kFree;
        places_[free] = nullptr;
        --size_;
        destroy(&entry);
    }

    class Iterator {
      public:
        Entry& operator*() const { return **at_; }
        Iterator& operator++() {
            ++at_;
            skip();
            return *this;
        }
        bool operator==(const Iterator& other) const { return at_ == other.at_; }

      private:
        friend TextRows;
        using Place = typename std::vector<Entry*>::const_iterator;
        Iterator(Place at, Place end) : at_(at), end_(end) { skip(); }
        void skip() {
            while (at_ != end_ && *at_ == nullptr) ++at_;
        }
        Place at_, end_;
    };
    // Valid until a row is added or erased.
    Iterator begin() const { return {places_.begin(), places_.end()}; }
    Iterator end() const { return {places_.end(), places_.end()}; }

  private:
    static constexpr uint8_t kFree = 0;
    static constexpr size_t kMostOf8 = 6;  // places of eight that are taken before it grows
    static constexpr size_t kFirst = 8;    // places

    // The low bits; the high ones choose the place.
    static uint8_t mark_of(uint32_t hash) { return static_cast<uint8_t>(hash | 0x80); }
    size_t home_of(uint32_t hash) const {
        return static_cast<size_t>((static_cast<uint64_t>(hash) * places_.size()) >> 32);
    }
    size_t after(size_t at) const { return at + 1 == places_.size() ? 0 : at + 1; }
    // Whether `middle` is one of the places behind `from`, up to `to`, around the end.
    static bool is_between(size_t from, size_t middle, size_t to) {
        return from < to ? from < middle && middle <= to : from < middle || middle <= to;
    }

    void put(Entry* entry) {
        size_t at = home_of(entry->hash_);
        while (marks_[at] != kFree) at = after(at);
        marks_[at] = mark_of(entry->hash_);
        places_[at] = entry;
    }
    void grow() {
        const size_t size = std::max(kFirst, places_.size() + places_.size() / 2);
        const std::vector<Entry*> before = std::exchange(places_, std::vector<Entry*>(size));
        marks_.assign(size, kFree);
        for (Entry* entry : before) {
            if (entry != nullptr) put(entry);
        }
    }
    static void destroy(Entry* entry) {
        entry->~Entry();
        ::operator delete(entry);
    }

    std::vector<uint8_t> marks_;  // of the places: bits of the hash, kFree for none
    std::vector<Entry*> places_;
    size_t size_ = 0;
};

}  // namespace redshank
