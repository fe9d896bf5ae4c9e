#pragma once

#include "core/state/bounded_table.h"
#include "detectors/access/novelty.h"

namespace redshank::access {

// Novelties that were weighed and became no finding: too usual, too weak, or over the budget. `redshank
// digest` shows them by day.
struct DigestRow {
    int64_t time = 0;
    std::string json;  // the whole row

    std::string write() const { return json; }
    static DigestRow read(std::string_view text);
    int64_t used() const { return time; }
    bool established() const { return true; }
};

inline constexpr std::string_view kDigest = "unusual_access.digest";  // time, key of the candidate

class Digest {
  public:
    Digest() : rows_(std::string(kDigest), 5'000) {}
    void add(const Look& look, const Candidate& candidate);
    uint64_t evictions() const { return rows_.evictions(); }
    void load(const StateReader& state) { rows_.load(state); }
    void save(StateWriter& state) { rows_.save(state); }

  private:
    BoundedTable<DigestRow> rows_;  // time \x1f key of the candidate
};

}  // namespace redshank::access
