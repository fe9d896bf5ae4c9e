// Texts that recur, each understood once. A look-up is by hash, then by the bytes: an unlucky or hostile hash
// costs time, never an answer. Bounded: a new text takes the place of the one of its set that was not asked
// for the longest; it is derived anew when it comes again, so that every answer is the same with any size,
// also 1.
#pragma once

#include <algorithm>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/request/text_hash.h"

namespace redshank {

// T is what is derived from a text; it has a member `uint64_t symbol`, which the table sets: a hash of the
// text, the same in every table and every run.
template <typename T>
class SymbolTable {
  public:
    // At most this many texts.
    explicit SymbolTable(size_t most)
        : ways_(std::clamp<size_t>(most, 1, kWays)),
          sets_(std::max<size_t>(most / ways_, 1)),
          entries_(ways_ * sets_) {}

    // What `make()` derives from the text. Good until release(), whatever comes in between.
    template <typename Make>
    const T& get(std::string_view text, Make&& make) {
        const uint64_t hash = hash_more(kHashSeed, text);
        const auto first = entries_.begin() + static_cast<std::ptrdiff_t>(hash % sets_ * ways_);
        auto oldest = first;
        for (auto at = first; at != first + static_cast<std::ptrdiff_t>(ways_); ++at) {
            if (*at && (*at)->value.symbol == hash && (*at)->text == text) {
                (*at)->used = ++calls_;
                return (*at)->value;
            }
            if (*oldest && (!*at || (*at)->used < (*oldest)->used)) oldest = at;
        }
        auto entry = std::make_unique<Entry>(Entry{std::string(text), make(), ++calls_});
        entry->value.symbol = hash;
        if (text.size() > kLongest) {  // not worth its place
            ++evictions_;
            return retired_.emplace_back(std::move(entry))->value;
        }
        if (*oldest) {
            ++evictions_;
            retired_.push_back(std::move(*oldest));
        }
        return (*oldest = std::move(entry))->value;
    }

    // Forgets what has lost its place since the last call.
    void release() {
        if (!retired_.empty()) retired_.clear();
    }

    // Texts that lost their place, or were too long to get one.
    uint64_t evictions() const { return evictions_; }

  private:
    static constexpr size_t kWays = 8, kLongest = 8192;
    struct Entry {
        std::string text;
        T value;
        uint64_t used;  // number of the call
    };

    const size_t ways_, sets_;
    std::vector<std::unique_ptr<Entry>> entries_;  // `ways_` of each set side by side
    std::vector<std::unique_ptr<Entry>> retired_;
    uint64_t calls_ = 0, evictions_ = 0;
};

}  // namespace redshank
