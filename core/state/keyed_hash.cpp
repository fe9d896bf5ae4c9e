#include "core/state/keyed_hash.h"

#include <random>

namespace redshank {

const HashKey& hash_key() {
    static const HashKey key = [] {
        std::random_device random;  // getrandom(2)
        const auto number = [&] { return uint64_t{random()} << 32 | random(); };
        const uint64_t start = number();
        return HashKey{start, number() | 1 | uint64_t{1} << 63};  // large and odd: no bit is lost
    }();
    return key;
}

}  // namespace redshank
