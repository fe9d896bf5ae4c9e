// What the workers of a fleet know together.
#pragma once

#include <string>
#include <vector>

#include "daemon/questions/last_access.h"

namespace redshank {

// A row with the worker that has it, or several: "a:9465, b:9465".
template <class Row>
struct OfWorker {
    Row row;
    std::string worker;
};

// A row for each user, cluster and place, the last access first: a cluster that has moved is known to
// several workers, each of which has counted requests that the others have not.
std::vector<OfWorker<AccessedRow>> joined(std::vector<OfWorker<AccessedRow>> rows);

}  // namespace redshank
