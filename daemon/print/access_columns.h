// What is told of accesses, and since when they were watched: for the command and the page.
#pragma once

#include <vector>

#include "daemon/print/listing.h"
#include "daemon/questions/last_access.h"

namespace redshank {

std::vector<Column<AccessedRow>> access_columns();
std::vector<Column<WatchedRow>> watched_columns();

}  // namespace redshank
