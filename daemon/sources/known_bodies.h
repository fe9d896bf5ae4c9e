#pragma once

#include <array>
#include <boost/unordered/unordered_flat_set.hpp>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <vector>

#include "core/state/state.h"

namespace redshank {

// The first 16 bytes of a body's SHA-256.
using BodyHash = std::array<uint8_t, 16>;
BodyHash hash_of(std::string_view body);

struct BodyHasher {
    size_t operator()(const BodyHash& hash) const {
        size_t out = 0;
        std::memcpy(&out, hash.data(), sizeof out);
        return out;
    }
};
using BodyHashes = boost::unordered_flat_set<BodyHash, BodyHasher>;

// The bodies of a webhook source whose events are durable: a client that did not hear so sends them again,
// unchanged. The API server does so for about 250 s (5 attempts of 30 s with pauses of 10 to 34 s). Rows
// `webhook.bodies`, a ring: the oldest goes.
class KnownBodies {
  public:
    static constexpr uint64_t kMost = 131'072;  // two minutes of 1,000 POSTs a second

    explicit KnownBodies(uint64_t most = kMost) : most_(most) {}

    bool contains(const BodyHash& hash) const { return hashes_.contains(hash); }
    void add(const BodyHash& hash);
    size_t size() const { return hashes_.size(); }

    // Rows of the source of that name.
    void load(const StateReader& state, std::string_view source);
    // Writes the row that this body will have when it and `before` others have been added.
    void save(StateWriter& state, std::string_view source, const BodyHash& hash, size_t before) const;

  private:
    const uint64_t most_;
    std::vector<BodyHash> ring_;  // by sequence modulo most_
    uint64_t next_ = 0;           // sequence of the next one
    BodyHashes hashes_;           // of the ring
};

}  // namespace redshank
