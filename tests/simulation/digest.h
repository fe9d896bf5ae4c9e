// A fingerprint of everything that happened in a run, to compare it with another run of the same seed.
#pragma once

#include <cstdint>
#include <string_view>

namespace redshank::sim {

class Digest {
  public:
    void add(std::string_view text) {
        for (const char byte : text) value_ = (value_ ^ static_cast<unsigned char>(byte)) * 0x100000001b3U;
        value_ = (value_ ^ text.size()) * 0x100000001b3U;
    }
    uint64_t value() const { return value_; }

  private:
    uint64_t value_ = 0xcbf29ce484222325U;  // FNV-1a
};

}  // namespace redshank::sim
