// Why a source gives nothing, in a sentence for people: /readyz, /status, the journal and `replay` say the
// same.
#pragma once

#include <string>

#include "daemon/pipeline.h"
#include "daemon/sources/source.h"

namespace redshank {

// "" unless lines came and none of them was an event.
std::string nothing_read(const SourceCounts& counts);

// Why the source cannot be read, or what is wrong with all that it gave; "" when nothing is.
std::string source_problem(const std::string& name, const SourceStatus& status, const SourceCounts& counts);

}  // namespace redshank
