// When was the last time that user X did access cluster Y, and since when would we know?
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/state/state.h"
#include "detectors/access/last_access.h"

namespace redshank {

struct AccessFilter {
    std::string user, cluster;                // "" for all
    std::string ns;                           // accesses to this namespace, in place of those to the cluster
    bool by_resource = false;                 // a row for each resource too
    std::optional<audit::Time> since, until;  // rows with requests within these times, as far as is known
};

struct AccessedRow {
    std::string user, uid, cluster;
    std::string via;           // who impersonated the user; "" when nobody did
    std::string ns, resource;  // "" for the whole cluster
    access::AccessRow access;
};

struct WatchedRow {
    std::string cluster;
    access::WatchingRow watching;
};

// The last access first.
std::vector<AccessedRow> last_accesses(const StateReader& state, const AccessFilter& filter);

// Sorted by cluster.
std::vector<WatchedRow> watched_clusters(const StateReader& state, const std::string& cluster);

}  // namespace redshank
