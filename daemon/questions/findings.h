// What was found?
#pragma once

#include <functional>
#include <string>

#include "daemon/store/store.h"

namespace redshank {

struct FindingsFilter {
    Store::FindingQuery query;
    std::string cluster;  // "" for all
};

// Newest first, one by one: there may be a hundred thousand.
void each_finding(const Store& store, const FindingsFilter& filter,
                  const std::function<void(const Finding&)>& row);

}  // namespace redshank
