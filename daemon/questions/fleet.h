// What the workers of a fleet know together.
#pragma once

#include <string>
#include <vector>

#include "daemon/questions/last_access.h"

namespace redshank {

struct FleetAccess {
    AccessedRow row;
    std::string workers;  // who has seen it: "a:9465, b:9465"
};

// A row for each user, cluster and place, the last access first: a cluster that has moved is known to
// several workers, each of which has counted requests that the others have not.
std::vector<FleetAccess> joined(std::vector<FleetAccess> rows);

}  // namespace redshank
