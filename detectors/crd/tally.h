// Counts every request on a resource once, by subresource, verb and outcome class.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "detectors/crd/outcome.h"

namespace redshank::crd {

class Tally {
  public:
    // class → requests
    using Classes = std::map<OutcomeClass, uint64_t>;
    // (subresource, verb) → classes. Bounded: "", status, scale, the first kSubresources that look like one,
    // and "other"; the verbs of the API and "other".
    static constexpr size_t kSubresources = 5;
    using Rows = std::map<std::pair<std::string, std::string>, Classes>;

    void add(std::string_view subresource, std::string_view verb, OutcomeClass outcome, uint64_t n = 1);

    const Rows& rows() const { return rows_; }
    // All subresources together: verb → classes.
    std::map<std::string, Classes> by_verb() const;
    uint64_t total() const { return total_; }
    uint64_t of(OutcomeClass outcome) const;

  private:
    std::string bounded_subresource(std::string_view word) const;

    Rows rows_;
    uint64_t total_ = 0;
};

// In a row of the state: a list.
struct TallyRow {
    std::string subresource, verb;
    Tally::Classes classes;
};
template <class V>
void describe(V& v, TallyRow& row) {
    v.must("subresource", row.subresource);
    v.must("verb", row.verb);
    v.must("classes", row.classes);
}
std::vector<TallyRow> stored(const Tally& tally);
bool restore(Tally& tally, const std::vector<TallyRow>& rows);

}  // namespace redshank::crd
