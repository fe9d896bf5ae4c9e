// The caveats of an answer, printed with it.
#pragma once

#include <string>
#include <vector>

#include "daemon/print/listing.h"
#include "daemon/questions/visibility.h"

namespace redshank {

// In text a paragraph behind the answer; with JSON a line each on stderr, as the rows hold them too.
void print_caveats(OutputFormat format, const std::vector<Caveat>& caveats);

// The row with the caveats of its cluster in the field `caveats`; as it is when there are none.
std::string with_caveats(std::string row, const std::vector<Caveat>& caveats, std::string_view cluster);

}  // namespace redshank
