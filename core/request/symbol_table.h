// A bounded cache of values that are derived from texts. A look-up compares the hash, then the bytes: a
// hostile collision costs time but never gives a wrong value. When a set is full, the entry that was not used
// for the longest time is replaced. An evicted text is derived anew when it comes again, so that results do
// not depend on the size, not even for size 1.
#pragma once

#include <algorithm>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/request/text_hash.h"

namespace redshank {

// T is the derived value. The table sets its member `uint64_t symbol` to a hash of the text, which is the
// same in every table and every run.
template <typename T>
class SymbolTable {
  public:
    // The table keeps at most this many texts.
    explicit SymbolTable(size_t most)
        : ways_(std::clamp<size_t>(most, 1, kWays)),
          sets_(std::max<size_t>(most / ways_, 1)),
          entries_(ways_ * sets_) {}

    // Returns the value that `make()` derives from the text. The reference is valid until release(), even if
    // the entry is evicted before.
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
        if (text.size() > kLongest) {  // too long to be kept
            ++evictions_;
            return retired_.emplace_back(std::move(entry))->value;
        }
        if (*oldest) {
            ++evictions_;
            retired_.push_back(std::move(*oldest));
        }
        return (*oldest = std::move(entry))->value;
    }

    // Frees the entries that were evicted since the last call.
    void release() {
        if (!retired_.empty()) retired_.clear();
    }

    // Texts that were evicted, or were too long to be kept.
    uint64_t evictions() const { return evictions_; }

  private:
    static constexpr size_t kWays = 8, kLongest = 8192;
    struct Entry {
        std::string text;
        T value;
        uint64_t used;  // number of the call
    };

    const size_t ways_, sets_;
    std::vector<std::unique_ptr<Entry>> entries_;  // the `ways_` entries of a set are consecutive
    std::vector<std::unique_ptr<Entry>> retired_;
    uint64_t calls_ = 0, evictions_ = 0;
};

}  // namespace redshank
