#include "detectors/told_counts.h"

#include <algorithm>

namespace redshank {

namespace {

constexpr Metric kFindings{
    "redshank_findings_total", Metric::Counter, "cluster, detector, severity",
    "Findings told: each once, and once more under each graver severity that it reaches."};

}  // namespace

void ToldCounts::add(const Finding& finding) {
    const auto* const name =
        std::find(std::begin(kDetectorNames), std::end(kDetectorNames), finding.detector);
    if (name == std::end(kDetectorNames)) return;
    const auto detector = static_cast<size_t>(name - std::begin(kDetectorNames));
    ++counts_[detector][static_cast<size_t>(finding.severity)];
}

void ToldCounts::add(const ToldCounts& others) {
    for (size_t detector = 0; detector < counts_.size(); ++detector) {
        for (size_t severity = 0; severity < kSeverities; ++severity)
            counts_[detector][severity] += others.counts_[detector][severity];
    }
}

void ToldCounts::measure(MetricWriter& metrics, const std::string& cluster) const {
    for (size_t detector = 0; detector < counts_.size(); ++detector) {
        for (size_t severity = 0; severity < kSeverities; ++severity) {
            metrics.set(kFindings,
                        {{"cluster", cluster},
                         {"detector", std::string(kDetectorNames[detector])},
                         {"severity", std::string(to_string(static_cast<Severity>(severity)))}},
                        counts_[detector][severity]);
        }
    }
}

}  // namespace redshank
