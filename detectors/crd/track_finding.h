// Between a Track and its finding in the book.
#pragma once

#include "detectors/crd/track.h"
#include "detectors/finding_book.h"

namespace redshank::crd {

// Reports the failing request, which is in the track already. When the finding begins with it, the failures
// that came before become its evidence too. The reference is good until the next report to the book.
Finding& report_failure(Track& track, const FindingBook::Subject& subject, const Observation& observation,
                        FindingBook& findings);

// Puts earlier evidence before what the finding has.
void put_before(Finding& finding, std::vector<Evidence> earlier, FindingBook& findings);

}  // namespace redshank::crd
