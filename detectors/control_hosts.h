// The hosts of the control plane: from where the scheduler or the controller manager worked within a day.
// Whoever has all rights there can read etcd and the keys of the CA, so that the API gives him nothing that
// he has not. Pipeline thread only.
#pragma once

#include <string>

#include "core/request/observation.h"
#include "core/state/bounded_table.h"
#include "core/state/describe.h"

namespace redshank {

struct HostRow {
    int64_t count = 0, last = 0;  // microseconds
};
template <class V>
void describe(V& v, HostRow& row) {
    v.as_array();
    v.must("count", row.count);
    v.must("last", row.last);
}
inline auto worth(const HostRow& row) {
    return std::pair(row.count >= 3, row.last);
}

class ControlHosts {
  public:
    // `table` is where they are kept in the state.
    explicit ControlHosts(const std::string& table) : rows_(table, 1'000) {}

    // Whether the sender is one of the parts of the control plane that run on its own hosts only: kube-proxy
    // and the cloud's controllers run on others, too.
    static bool is_of_control_host(const Request& request);

    // Call it for every request that answers.
    void note(const Observation& observation);
    // Whether it comes from such a host, or over loopback.
    bool has(const Observation& observation) const;
    // system:apiserver is the API server's own client, with a token that it makes at its start and takes on
    // its own address only (LoopbackClientConfig of k8s.io/apiserver). Whether it comes from an address that
    // is none of the hosts, though some of the same family are known.
    bool is_false_server(const Observation& observation) const;

    uint64_t evictions() const { return rows_.evictions(); }
    void load(const StateReader& state) { rows_.load(state); }
    void save(StateWriter& state) { rows_.save(state); }

  private:
    BoundedTable<HostRow> rows_;  // cluster, address
};

}  // namespace redshank
