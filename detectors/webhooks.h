// Admission webhooks, and the services behind APIs, as the log last showed them, so that the renewal of a
// certificate (only caBundle changes, as operators and their injectors do it all the time) is told apart from
// a change of what a webhook sees, whom it asks and whether it may fail; and whether a write loosens it, by
// somebody who has nothing to do with it. Pipeline thread only.
#pragma once

#include <string>
#include <vector>

#include "core/request/observation.h"
#include "core/state/bounded_table.h"
#include "core/state/describe.h"
#include "detectors/webhook_guard.h"

namespace redshank {

struct WebhooksRow {
    static constexpr size_t kMostWriters = 4;
    struct Writer {
        std::string who;    // a hash
        int64_t since = 0;  // microseconds; 0: made it
    };

    int64_t last = 0;             // microseconds
    std::string content;          // a hash of what decides, without certificates; "": not known
    WebhookGuard guard;           // while content is known
    std::vector<Writer> writers;  // the first ones
};
template <class V>
void describe(V& v, WebhooksRow::Writer& row) {
    v.as_array();
    v.must("who", row.who);
    v.must("since", row.since);
}
template <class V>
void describe(V& v, WebhooksRow& row) {
    v.as_array();
    v.must("last", row.last);
    v.must("content", row.content);
    v("closed", row.guard.closed);
    v("outside", row.guard.outside);
    v("writers", row.writers);
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

    struct Seen {
        Change change = Change::Other;
        Loosened loosened;
        // Neither made it nor wrote it on an earlier day, as far as the log shows.
        bool by_stranger = false;
    };

    // `table` is where they are kept in the state.
    explicit Webhooks(const std::string& table) : rows_(table, 2'000) {}

    static bool is_write(const audit::Event& event);
    // What the write of webhooks or of an APIService changes; then remembers the new state. Call it once for
    // each request that answers and that is_write().
    Seen see(const Observation& observation);

    uint64_t evictions() const { return rows_.evictions(); }
    void load(const StateReader& state) { rows_.load(state); }
    void save(StateWriter& state) { rows_.save(state); }

  private:
    Seen compare(const Observation& observation, const WebhooksRow* before, WebhooksRow& now) const;

    BoundedTable<WebhooksRow> rows_;  // cluster, resource, name
};

}  // namespace redshank
