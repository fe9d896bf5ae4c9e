#pragma once

#include <string_view>

#include "daemon/print/listing.h"

namespace redshank {

// What a reader must know to read an answer rightly: what it cannot say, and why. In text a line behind the
// table; with JSON on stderr, as the lines of the answer are objects.
void print_note(OutputFormat format, std::string_view text);

}  // namespace redshank
