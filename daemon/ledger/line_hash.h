#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace redshank {

// Two secret numbers of 1 to 2^61 - 2. They never leave the state, nor does any hash: one hash of a known
// line would give them away.
struct LedgerKey {
    uint64_t line = 0, chain = 0;
};
LedgerKey random_key();

// A keyed hash of lines, and of their sequence: a polynomial over the integers modulo 2^61 - 1 whose
// coefficients are the bytes, seven by seven, and the length, at a secret place (Carter and Wegman, 1979; the
// construction of Poly1305). Whoever does not know the key finds two lines of `n` bytes with one hash with a
// probability of n / 7 in 2^61 at most, whatever he tries. It is no cryptographic hash: with the key it is
// easily forged.
class LineHash {
  public:
    explicit LineHash(const LedgerKey& key);

    uint64_t of(std::string_view line) const;
    // Of the lines so far (0 before the first) and the next one.
    uint64_t chain(uint64_t before, std::string_view line) const;

  private:
    std::array<uint64_t, 9> power_{};  // of the key for lines, 0 to 8
    uint64_t chain_;
};

}  // namespace redshank
