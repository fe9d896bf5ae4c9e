// What was found?
#pragma once

#include <functional>
#include <string>

#include "daemon/store/store.h"

namespace redshank {

struct FindingsFilter {
    Store::FindingQuery query;
    std::string cluster, id, kind, user;  // "" for all; user: who did it, or whose rights were used
};

// Newest first, one by one: there may be a hundred thousand.
void each_finding(const Store& store, const FindingsFilter& filter,
                  const std::function<void(const Finding&)>& row);

}  // namespace redshank
