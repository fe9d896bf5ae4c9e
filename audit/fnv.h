#pragma once

#include <cstdint>
#include <string_view>

namespace redshank::audit {

inline constexpr uint64_t kFnvSeed = 0xcbf29ce484222325;

// FNV-1a, 64 bits. Several texts are hashed together by passing the hash of the preceding ones. Stored rows
// contain these hashes, so the function must stay the same on every machine and in every version.
inline uint64_t fnv1a(std::string_view text, uint64_t hash = kFnvSeed) {
    for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
    return hash;
}

}  // namespace redshank::audit
