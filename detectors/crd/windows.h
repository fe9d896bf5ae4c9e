// How many in the last five minutes, hour, six hours, three days, in event time. Bounded: 60 minutes, 36
// times ten minutes and 72 hours, empty ones not kept.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>

#include "audit/time.h"

namespace redshank::crd {

class Windows {
  public:
    static constexpr audit::Duration kLongest = std::chrono::hours{72};

    // `now` must not go back.
    void add(audit::Time now, uint64_t n = 1);

    // The newest `window`, rounded up to whole buckets: minutes up to an hour, ten minutes up to six hours,
    // else hours. The bucket that is being filled counts as one.
    uint64_t sum(audit::Time now, audit::Duration window) const;

    bool empty() const { return rings_.back().empty(); }

    // "index:count,…;…;…", one part a resolution.
    std::string to_text() const;
    // False, and nothing changed, when the text is none.
    bool from_text(std::string_view text);

  private:
    struct Bucket {
        int64_t index;  // of its width since 1970
        uint64_t count;
    };
    std::array<std::deque<Bucket>, 3> rings_;
};

// In a row of the state.
inline std::string stored(const Windows& windows) {
    return windows.to_text();
}
inline bool restore(Windows& windows, const std::string& text) {
    return windows.from_text(text);
}

}  // namespace redshank::crd
