// FNV-1a over words of eight bytes. Stored rows contain it (requests.open), so it must not change between
// versions or between machines of one byte order. Clients can construct texts that collide: compare the bytes
// as well.
#pragma once

#include <cstdint>
#include <cstring>
#include <string_view>

namespace redshank {

inline constexpr uint64_t kHashSeed = 0xcbf29ce484222325, kHashPrime = 0x100000001b3;

inline uint64_t hash_more(uint64_t hash, std::string_view text) {
    const auto fold = [&](uint64_t word) { hash = (hash ^ word ^ (hash >> 29)) * kHashPrime; };
    fold(text.size());
    for (; text.size() >= sizeof(uint64_t); text.remove_prefix(sizeof(uint64_t))) {
        uint64_t word = 0;
        std::memcpy(&word, text.data(), sizeof word);
        fold(word);
    }
    uint64_t rest = 0;
    if (!text.empty()) std::memcpy(&rest, text.data(), text.size());
    fold(rest);
    return hash;
}

}  // namespace redshank
