#include "detectors/source_truncated.h"

#include <fmt/format.h>

namespace redshank {

namespace {

class SourceTruncated : public Detector {
  public:
    std::string_view name() const override { return "source"; }

    void observe(const Observation& observation, FindingBook& findings) override {
        const audit::Event& event = observation.event;
        if (event.annotation("audit.k8s.io/truncated") != "true") return;
        ++events_;
        const std::string resource =
            event.object.api_group.empty()
                ? std::string(event.object.resource)
                : fmt::format("{}.{}", event.object.resource, event.object.api_group);
        Finding& finding = findings.report({.detector = name(),
                                            .kind = "audit-truncated",
                                            .cluster = observation.origin.cluster,
                                            .key = resource},
                                           observation);
        finding.severity = decides_who_may_what(event.object) ? Severity::Medium : Severity::Low;
        finding.title = "The API server dropped the bodies of large audit events";
        finding.summary = fmt::format(
            "{} event{} on {} came without {} bodies, because the server's "
            "--audit-log-truncate-max-event-size "
            "is smaller: what was written there cannot be checked.",
            finding.count, finding.count == 1 ? "" : "s", resource, finding.count == 1 ? "its" : "their");
        finding.reasons = {{"truncated", "the annotation audit.k8s.io/truncated is set", ""}};
    }

    void measure(MetricWriter& metrics) const override {
        metrics.counter("redshank_source_truncated_events_total", {}, static_cast<double>(events_));
    }

  private:
    // Objects in whose bodies detectors and rules look for rights.
    static bool decides_who_may_what(const audit::ObjectRef& object) {
        return object.api_group == "rbac.authorization.k8s.io" ||
               (object.api_group.empty() && object.resource == "secrets");
    }

    uint64_t events_ = 0;
};

}  // namespace

std::unique_ptr<Detector> make_source_truncated() {
    return std::make_unique<SourceTruncated>();
}

}  // namespace redshank
