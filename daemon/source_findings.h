#pragma once

#include <string_view>

#include "daemon/sources/source.h"
#include "detectors/finding_book.h"

namespace redshank {

// Turns what a source noticed about itself into a finding of detector "source", or resolves the one that is
// open.
void report_notice(const SourceNotice& notice, std::string_view cluster, FindingBook& findings);

}  // namespace redshank
