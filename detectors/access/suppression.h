// "This is normal": what an operator has said, until it expires; counted, so that nobody forgets it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "detectors/access/hit.h"
#include "detectors/access/look.h"
#include "detectors/unusual_access.h"

namespace redshank::access {

class Suppression {
  public:
    explicit Suppression(std::vector<UnusualAccessSuppress> entries)
        : entries_(std::move(entries)), hits_(entries_.size()) {}

    // Counts when it does.
    bool covers(const Look& look, const Hit& hit);
    const std::vector<uint64_t>& hits() const { return hits_; }
    size_t expired(audit::Time now) const;

  private:
    std::vector<UnusualAccessSuppress> entries_;
    std::vector<uint64_t> hits_;
};

// '*' for any run of characters, '?' for one.
bool glob_match(std::string_view pattern, std::string_view text);

}  // namespace redshank::access
