// A bounded cache of values that are derived from texts. A look-up compares the hash, then the bytes: a
// hostile collision costs time but never gives a wrong value. When a set is full, the table grows, up to its
// size; then the entry that was not used for the longest time is replaced. An evicted text is derived anew
// when it comes again, so that results do not depend on the size, not even for size 1.
//
// A symbol is the number of one derivation, from 1 on, and is given once in a process: equal symbols mean
// equal texts. An evicted text comes back under another symbol.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/request/text_hash.h"

namespace redshank {

inline constexpr size_t kNoPlace = SIZE_MAX;
inline std::atomic<uint64_t> symbols_given = 0;

// T is the derived value. The table sets its member `uint64_t symbol` and, if T has it, `size_t place`: the
// number of its place in the table, below `most`. Places are numbered as they are first taken, so that what
// is kept by place takes no more room than there are texts. It stays kNoPlace for a text that is too long to
// be kept.
template <typename T>
class SymbolTable {
  public:
    // The table keeps at most this many texts.
    explicit SymbolTable(size_t most)
        : ways_(std::clamp<size_t>(most, 1, kWays)),
          most_sets_(std::max<size_t>(most / ways_, 1)),
          sets_(most_sets_) {
        while (sets_ > kFirstSets && sets_ % 2 == 0) sets_ /= 2;
        places_.resize(ways_ * sets_);
    }

    // Returns the value that `make()` derives from the text. The reference is valid until the second
    // release(), even if the entry is evicted before.
    template <typename Make>
    const T& get(std::string_view text, Make&& make) {
        const uint64_t hash = hash_more(kHashSeed, text);
        for (Place& place : set_of(hash)) {
            if (place.hash != hash || !place.entry || place.entry->text != text) continue;
            place.used = ++calls_;
            last_ = spot_of(place);
            return place.entry->value;
        }
        last_ = {};
        auto entry = std::make_unique<Entry>(Entry{std::string(text), make()});
        entry->value.symbol = ++symbols_given;
        if (text.size() > kLongest) {
            ++evictions_;
            return retired_.emplace_back(std::move(entry))->value;
        }
        Place* oldest = &oldest_of(hash);
        while (oldest->entry && sets_ < most_sets_) {
            grow();
            oldest = &oldest_of(hash);
        }
        if constexpr (requires { entry->value.place; })
            entry->value.place = oldest->entry ? oldest->entry->value.place : numbered_++;
        if (oldest->entry) {
            ++evictions_;
            retired_.push_back(std::move(oldest->entry));
        }
        *oldest = {hash, ++calls_, std::move(entry)};
        last_ = spot_of(*oldest);
        return oldest->entry->value;
    }

    // Where a value is, to find it again without its text.
    struct Spot {
        size_t place = kNoPlace;
        uint64_t symbol = 0;
    };
    // Of the value that get() returned last.
    Spot last() const { return last_; }
    // Null when another text has taken the place, or the value has none. As after get(), it was used.
    const T* at(Spot spot) {
        if (spot.place >= places_.size()) return nullptr;
        Place& place = places_[spot.place];
        if (!place.entry || place.entry->value.symbol != spot.symbol) return nullptr;
        place.used = ++calls_;
        return &place.entry->value;
    }

    // Frees the entries that were evicted before the last call: what was derived since then may be in use
    // while more is.
    void release() {
        if (!released_.empty()) released_.clear();
        if (!retired_.empty()) released_.swap(retired_);
    }

    // Texts that were evicted, or were too long to be kept.
    uint64_t evictions() const { return evictions_; }

  private:
    static constexpr size_t kWays = 8, kFirstSets = 64, kLongest = 8192;
    struct Entry {
        std::string text;
        T value;
    };
    struct Place {
        uint64_t hash = 0;
        uint64_t used = 0;  // number of the call; 0: never
        std::unique_ptr<Entry> entry;
    };

    // The low bits of FNV-1a hardly differ among texts that end alike: all bits are mixed, and the high ones
    // choose the set.
    std::span<Place> set_of(uint64_t hash) {
        const uint64_t mixed = (hash ^ (hash >> 32)) * 0x9e3779b97f4a7c15;
        return {&places_[(((mixed >> 32) * sets_) >> 32) * ways_], ways_};
    }
    Place& oldest_of(uint64_t hash) {
        const std::span<Place> set = set_of(hash);
        return *std::min_element(set.begin(), set.end(),
                                 [](const Place& a, const Place& b) { return a.used < b.used; });
    }
    Spot spot_of(const Place& place) const {
        return {static_cast<size_t>(&place - places_.data()), place.entry->value.symbol};
    }

    // Of each set become two, so that all find room.
    void grow() {
        sets_ *= 2;
        for (Place& old : std::exchange(places_, std::vector<Place>(ways_ * sets_))) {
            if (old.entry) oldest_of(old.hash) = std::move(old);
        }
    }

    const size_t ways_, most_sets_;
    size_t sets_;
    std::vector<Place> places_;                               // the `ways_` places of a set are consecutive
    std::vector<std::unique_ptr<Entry>> retired_, released_;  // since the last release(), and before it
    Spot last_;
    uint64_t calls_ = 0, evictions_ = 0;
    size_t numbered_ = 0;  // places
};

}  // namespace redshank
