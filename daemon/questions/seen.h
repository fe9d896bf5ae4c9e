// Which names does the state know? For errors about one that it does not.
#pragma once

#include <set>
#include <string>

#include "core/state/state.h"
#include "daemon/store/store.h"

namespace redshank {

struct SeenNames {
    std::set<std::string> ids, kinds, users, clusters;
};

// Of all findings, with the kinds that detectors can find, and the users and clusters that last-access knows.
SeenNames names_in_findings(const Store& store);

// Of clusters of which an event was read, that were watched, or have rows about Secrets, and users who came.
std::set<std::string> seen_clusters(const StateReader& state);
std::set<std::string> seen_users(const StateReader& state);
// Of accesses, Secrets and windows.
std::set<std::string> seen_namespaces(const StateReader& state);
// "shop/db", and "shop/*" where all of a namespace were asked for.
std::set<std::string> seen_secrets(const StateReader& state);

}  // namespace redshank
