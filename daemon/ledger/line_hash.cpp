#include "daemon/ledger/line_hash.h"

#include <algorithm>
#include <cstring>
#include <random>

namespace redshank {

namespace {

__extension__ using Wide = unsigned __int128;

constexpr uint64_t kPrime = (uint64_t{1} << 61) - 1;
constexpr uint64_t kSeven = (uint64_t{1} << 56) - 1;  // the lowest seven bytes
constexpr size_t kWord = 7, kBlock = 8 * kWord;

// Equal to the number modulo kPrime, and less than 2^61 + 8. The number is less than 2^125.
uint64_t fold(Wide number) {
    const uint64_t once = (static_cast<uint64_t>(number) & kPrime) + static_cast<uint64_t>(number >> 61);
    return (once & kPrime) + (once >> 61);
}

uint64_t remainder(uint64_t folded) {
    return folded >= kPrime ? folded - kPrime : folded;
}

// Seven bytes of at least eight.
uint64_t word_at(const char* at) {
    uint64_t word;
    std::memcpy(&word, at, sizeof word);
    return word & kSeven;
}

}  // namespace

LedgerKey random_key() {
    std::random_device random;  // getrandom(2)
    const auto number = [&] {
        const uint64_t all = uint64_t{random()} << 32 | random();
        return 1 + all % (kPrime - 1);
    };
    const uint64_t line = number();
    return {line, number()};
}

LineHash::LineHash(const LedgerKey& key) : chain_(key.chain) {
    power_[0] = 1;
    for (size_t i = 1; i < power_.size(); ++i)
        power_[i] = remainder(fold(static_cast<Wide>(power_[i - 1]) * key.line));
}

uint64_t LineHash::of(std::string_view line) const {
    const char* at = line.data();
    size_t left = line.size();
    uint64_t sum = 0;
    for (; left > kBlock; at += kBlock, left -= kBlock) {
        Wide block = static_cast<Wide>(sum + word_at(at)) * power_[8];
        for (size_t i = 1; i < 8; ++i) block += static_cast<Wide>(word_at(at + i * kWord)) * power_[8 - i];
        sum = fold(block);
    }
    while (left > 0) {
        const size_t size = std::min(left, kWord);
        uint64_t word = 0;
        std::memcpy(&word, at, size);
        sum = fold(static_cast<Wide>(sum + word) * power_[1]);
        at += size;
        left -= size;
    }
    return remainder(fold(static_cast<Wide>(sum + line.size()) * power_[1]));
}

uint64_t LineHash::chain(uint64_t before, std::string_view line) const {
    return remainder(fold(static_cast<Wide>(before) * chain_ + of(line)));
}

}  // namespace redshank
