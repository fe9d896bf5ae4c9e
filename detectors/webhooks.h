// Admission webhooks, and the services behind APIs, as the log last showed them, so that the renewal of a
// certificate (only caBundle changes, as operators and their injectors do it all the time) is told apart from
// a change of what a webhook sees, whom it asks and whether it may fail. Pipeline thread only.
#pragma once

#include <string>

#include "core/request/observation.h"
#include "core/state/bounded_table.h"
#include "core/state/describe.h"

namespace redshank {

struct WebhooksRow {
    int64_t last = 0;     // microseconds
    std::string content;  // a hash of what decides, without certificates
};
template <class V>
void describe(V& v, WebhooksRow& row) {
    v.as_array();
    v.must("last", row.last);
    v.must("content", row.content);
}
inline int64_t worth(const WebhooksRow& row) {
    return row.last;
}

class Webhooks {
  public:
    enum class Change : uint8_t {
        Other,        // something else than certificates, or nobody knows
        Certificate,  // nothing but certificates
        // The log never showed the object, and now it asks services of the sender's own namespace only: what
        // the sender would get it gets from itself.
        OwnService,
    };

    // `table` is where they are kept in the state.
    explicit Webhooks(const std::string& table) : rows_(table, 2'000) {}

    static bool is_write(const audit::Event& event);
    // What the write of webhooks or of an APIService changes; then remembers the new state. Call it once for
    // each request that answers and that is_write().
    Change see(const Observation& observation);

    uint64_t evictions() const { return rows_.evictions(); }
    void load(const StateReader& state) { rows_.load(state); }
    void save(StateWriter& state) { rows_.save(state); }

  private:
    BoundedTable<WebhooksRow> rows_;  // cluster, resource, name
};

}  // namespace redshank
