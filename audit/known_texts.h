// Parts of lines that come again and again (who sends, by which grant), with what a reader has made of them:
// recognised by their bytes, they are not read again.
#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <bit>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace redshank::audit {

// Numbers for texts: each is given once in a process, so that it stands for one text whoever knows it.
inline std::atomic<uint64_t> texts_numbered = 0;

// A hash of the first `whole` bytes of the text, of a quarter of the others, and of its end. Others choose
// texts: compare what is found.
inline uint64_t mark_of(std::string_view text, size_t whole) {
    constexpr size_t kWord = sizeof(uint64_t);
    uint64_t mark = text.size();
    const auto take = [&](size_t at) {
        uint64_t word = 0;
        std::memcpy(&word, text.data() + at, sizeof word);
        mark = (std::rotl(mark, 27) ^ word) * 0x9e3779b97f4a7c15;
    };
    size_t at = 0;
    for (; at < whole && at + kWord <= text.size(); at += kWord) take(at);
    for (; at + kWord <= text.size(); at += 4 * kWord) take(at);
    if (text.size() >= kWord) take(text.size() - kWord);
    return mark ^ (mark >> 32);
}

// A bounded cache: of eight texts that share a place, the one not met for the longest time makes room. A text
// enters when it is met for the second time, since most texts of a flood never come again. Not thread-safe.
template <class Read>
class KnownTexts {
  public:
    struct Known {
        std::string text;
        uint64_t number = 0;
        Read read;  // its views point into `text` and `read`
    };

    // The known text with which `rest` begins; null when there is none. `mark`: a number that depends on the
    // first bytes of `rest` only. Others may keep it for longer than this table does.
    std::shared_ptr<const Known> find(uint64_t mark, std::string_view rest) {
        Place* const set = set_of(mark);
        for (size_t i = 0; i < kWays && set[i].known; ++i) {
            const Known& known = *set[i].known;
            if (set[i].mark != mark || !rest.starts_with(known.text)) continue;
            if (i > 0) std::rotate(set, set + i, set + i + 1);
            return set->known;
        }
        return nullptr;
    }

    // After find() found none: `make(known)` fills `known.read`.
    template <class Make>
    void note(uint64_t mark, std::string_view text, Make make) {
        if (text.size() > kLongest) return;
        const uint64_t whole = mark_of(text, text.size());
        if (std::exchange(met_[whole % kMet], whole) != whole) return;
        auto known = std::make_shared<Known>();
        known->text = text;
        known->number = ++texts_numbered;
        make(*known);
        Place* const set = set_of(mark);
        std::rotate(set, set + kWays - 1, set + kWays);
        *set = {mark, std::move(known)};
    }

  private:
    static constexpr size_t kWays = 8, kSets = 128, kMet = 256, kLongest = 2048;
    struct Place {
        uint64_t mark = 0;
        std::shared_ptr<const Known> known;
    };

    Place* set_of(uint64_t mark) { return places_.data() + (mark >> 8) % kSets * kWays; }

    std::vector<Place> places_ = std::vector<Place>(kSets * kWays);  // the newest of a set is the first
    std::array<uint64_t, kMet> met_{};                               // marks of texts that were met once
};

}  // namespace redshank::audit
