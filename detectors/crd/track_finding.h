// Connects a Track with its finding in the book.
#pragma once

#include "detectors/crd/track.h"
#include "detectors/finding_book.h"

namespace redshank::crd {

// Reports the failing request, which the track already has. If it opens the finding, earlier failures become
// evidence as well. The reference is valid until the next report to the book.
Finding& report_failure(Track& track, const FindingBook::Subject& subject, const Observation& observation,
                        FindingBook& findings);

// Inserts earlier evidence before that of the finding.
void put_before(Finding& finding, std::vector<Evidence> earlier, FindingBook& findings);

}  // namespace redshank::crd
