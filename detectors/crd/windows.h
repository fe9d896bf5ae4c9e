// Counts events of the last five minutes, hour, six hours and three days, in event time. Bounded: 60 buckets
// of a minute, 36 of ten minutes and 72 of an hour; empty ones are not kept.
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

    // `now` must not decrease.
    void add(audit::Time now, uint64_t n = 1);

    // The count of the newest `window`, rounded up to whole buckets: minutes for up to an hour, ten minutes
    // for up to six hours, otherwise hours. The current bucket counts as one.
    uint64_t sum(audit::Time now, audit::Duration window) const;

    bool empty() const { return rings_.back().empty(); }

    // "index:count,…;…;…", one part for each resolution.
    std::string to_text() const;
    // Returns false, and changes nothing, when the text is invalid.
    bool from_text(std::string_view text);

  private:
    struct Bucket {
        int64_t index;  // in units of its width since 1970
        uint64_t count;
    };
    std::array<std::deque<Bucket>, 3> rings_;
};

// The form in a row of the state.
inline std::string stored(const Windows& windows) {
    return windows.to_text();
}
inline bool restore(Windows& windows, const std::string& text) {
    return windows.from_text(text);
}

}  // namespace redshank::crd
