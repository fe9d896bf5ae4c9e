// Tells that many people have new names, once, with all of them: see detectors/renames.h.
#pragma once

#include "core/request/observation.h"
#include "detectors/finding_book.h"
#include "detectors/renames.h"

namespace redshank::access {

void tell_renamed(const RenameRow& way, const Observation& observation, FindingBook& findings);

}  // namespace redshank::access
