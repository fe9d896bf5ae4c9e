// What is told of exposure windows and of those who read Secrets: for the command and the page.
#pragma once

#include <vector>

#include "daemon/print/listing.h"
#include "daemon/questions/secrets.h"

namespace redshank {

std::vector<Column<ExposureRow>> exposure_columns();
std::vector<Column<ReaderRow>> reader_columns();

}  // namespace redshank
