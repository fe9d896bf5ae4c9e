// What is told of custom resources: for the command and the page.
#pragma once

#include <vector>

#include "daemon/print/listing.h"
#include "daemon/questions/crds.h"

namespace redshank {

std::vector<Column<crd::Report>> crd_columns();

}  // namespace redshank
