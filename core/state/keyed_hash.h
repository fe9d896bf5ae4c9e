// A hash for tables in memory, with a key that each process draws: whoever writes a log cannot choose texts
// that meet in one place of a table. Never stored, and nothing told may depend on the key.
#pragma once

#include <cstdint>
#include <cstring>
#include <string_view>

namespace redshank {

struct HashKey {
    uint64_t start, factor;
};
// Of this process, drawn at the first call. Any thread.
const HashKey& hash_key();

// Words of eight bytes, each multiplied to 128 bits and folded, as wyhash does.
inline uint32_t keyed_hash(std::string_view text, const HashKey& key = hash_key()) {
    __extension__ using Wide = unsigned __int128;
    uint64_t hash = key.start ^ text.size();
    const auto fold = [&](uint64_t word) {
        const Wide product = static_cast<Wide>(hash ^ word) * key.factor;
        hash = static_cast<uint64_t>(product) ^ static_cast<uint64_t>(product >> 64);
    };
    for (; text.size() >= sizeof(uint64_t); text.remove_prefix(sizeof(uint64_t))) {
        uint64_t word = 0;
        std::memcpy(&word, text.data(), sizeof word);
        fold(word);
    }
    uint64_t rest = 0;
    if (!text.empty()) std::memcpy(&rest, text.data(), text.size());
    fold(rest);
    fold(key.start);
    return static_cast<uint32_t>(hash >> 32);
}

}  // namespace redshank
