#pragma once

#include "core/state/bounded_table.h"
#include "detectors/access/novelty.h"

namespace redshank::access {

// Novelties that were scored but made no finding: too usual, too weak, or over the budget. `redshank digest`
// lists them by day.
struct DigestRow {
    audit::Time time{};
    std::string user, namespace_, what, because;
    double bits = 0;
};
template <class V>
void describe(V& v, DigestRow& row) {
    v.must("micros", micros(row.time));
    v("time", row.time);
    v.must("user", row.user);
    v("namespace", row.namespace_);
    v("what", row.what);
    v("because", row.because);
    v("bits", row.bits);
}
inline audit::Time worth(const DigestRow& row) {
    return row.time;
}

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
