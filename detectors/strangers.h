// Who an anonymous caller is: the address that it comes from. They all share one user name, so without it an
// intruder hides behind whoever came first. A place of its own for each of the first kPlaces addresses of a
// day; the crowd beyond them is one, so that a flood of addresses makes no flood of findings.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "audit/time.h"
#include "core/state/bounded_table.h"

namespace redshank {

struct StrangersRow {
    struct One {
        std::string caller;  // audit::source_caller()
        int64_t last = 0;    // begin of the hour, microseconds
    };
    std::vector<One> all;
    int64_t last = 0;
};
template <class V>
void describe(V& v, StrangersRow::One& row) {
    v.as_array();
    v.must("caller", row.caller);
    v.must("last", row.last);
}
template <class V>
void describe(V& v, StrangersRow& row) {
    v.must("all", row.all);
    v.must("last", row.last);
}
inline int64_t worth(const StrangersRow& row) {
    return row.last;
}

class Strangers {
  public:
    static constexpr size_t kPlaces = 32;
    static constexpr std::string_view kMany = "many addresses";

    // `table` is where they are kept in the state.
    explicit Strangers(const std::string& table) : rows_(table, 1'000) {}

    // The caller, which keeps a place until it is quiet for a day; kMany when all places are taken.
    std::string place(std::string_view cluster, std::string_view address, audit::Time now);
    // The same, without taking one.
    std::string find(std::string_view cluster, std::string_view address, audit::Time now) const;

    uint64_t evictions() const { return rows_.evictions(); }
    void load(const StateReader& state) { rows_.load(state); }
    void save(StateWriter& state) { rows_.save(state); }

  private:
    BoundedTable<StrangersRow> rows_;  // cluster, followed by '\x1f'
};

}  // namespace redshank
