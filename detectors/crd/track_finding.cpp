#include "detectors/crd/track_finding.h"

#include <algorithm>
#include <utility>

namespace redshank::crd {

void put_before(Finding& finding, std::vector<Evidence> earlier, FindingBook& findings) {
    if (earlier.empty()) return;
    const std::vector<Evidence> newest = std::exchange(finding.evidence, {});
    for (Evidence& evidence : earlier) {
        finding.first_seen = std::min(finding.first_seen, evidence.time);
        findings.add_evidence(finding, std::move(evidence));
    }
    for (const Evidence& evidence : newest) findings.add_evidence(finding, evidence);
}

Finding& report_failure(Track& track, const FindingBook::Subject& subject, const Observation& observation,
                        FindingBook& findings) {
    const bool begins = findings.find(subject) == nullptr;
    Finding& finding = findings.report(subject, observation);
    if (begins && !track.pending.empty()) {
        // The last one pending is this very request.
        put_before(finding, {track.pending.begin(), std::prev(track.pending.end())}, findings);
        finding.count = std::max(finding.count, track.count);
    }
    track.pending.clear();
    return finding;
}

}  // namespace redshank::crd
