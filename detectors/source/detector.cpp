#include "detectors/source/detector.h"

#include <fmt/format.h>

#include "audit/cut_off.h"
#include "core/finding/sentence.h"
#include "core/request/done_verb.h"
#include "core/request/words.h"
#include "core/state/key.h"
#include "detectors/claimed_source.h"

namespace redshank {

namespace {

constexpr Metric kTruncated{"redshank_source_truncated_events_total", Metric::Counter, "",
                            "Events whose bodies the API server dropped (audit.k8s.io/truncated)."};
constexpr Metric kShortened{
    "redshank_source_shortened_events_total", Metric::Counter, "",
    "Events read without their bodies: the line was longer than line_limit_mb, or cut off before."};

class SourceTruncated : public Detector {
  public:
    std::string_view name() const override { return "source"; }

    void observe(const Observation& observation, FindingBook& findings) override {
        const audit::Event& event = observation.event;
        const bool is_annotated = event.has_other_annotations();
        if (is_left_out(event.request_object) || is_left_out(event.response_object) ||
            (is_annotated && event.annotation(audit::kCutOff) == "true")) {
            ++shortened_;
            report_cut_off(observation, findings);
        } else if (event.is_shortened) {
            ++shortened_;
            report_shortened(observation, findings);
        } else if (is_annotated && event.annotation("audit.k8s.io/truncated") == "true") {
            ++truncated_;
            report_truncated(observation, findings);
        }
    }

    void measure(MetricWriter& metrics) const override {
        metrics.set(kTruncated, {}, truncated_);
        metrics.set(kShortened, {}, shortened_);
    }

  private:
    static void report_truncated(const Observation& observation, FindingBook& findings) {
        const std::string resource = resource_of(observation.event.object);
        Finding& finding = report(observation, resource, findings);
        finding.title = "The API server dropped the bodies of large audit events";
        const std::string what =
            observation.event.object.present ? " on " + kinds_words(thing_of(observation.event.object)) : "";
        finding.summary =
            Sentence{.what = "the API server dropped the bodies of " + counted(finding.count, "event") +
                             what + ", larger than its --audit-log-truncate-max-event-size",
                     .why = {"what was written there cannot be checked"}}
                .to_string();
        give_reasons(finding, {{"truncated", "the annotation audit.k8s.io/truncated is set", ""}});
    }

    static void report_shortened(const Observation& observation, FindingBook& findings) {
        const std::string resource = resource_of(observation.event.object);
        Finding& finding = report(observation, resource + kKeyMark + "oversize", findings);
        finding.title = "Audit events are longer than line_limit_mb";
        const FindingObject& object = finding.what();
        const Thing thing{object.group, object.resource, object.subresource, object.namespace_, object.name};
        const std::string_view verb = done_verb(finding.verb, finding.code);
        const std::string deed =
            object.resource.empty() ? past_of(verb) + " the API server" : deed_words(verb, thing);
        const std::string more =
            finding.count == 1 ? "" : ", as did " + counted(finding.count - 1, "later event");
        finding.summary = Sentence{.what = caller_words(finding.who().user, finding.who().impersonated) +
                                           " " + deed + " in a line longer than line_limit_mb" + more,
                                   .why = {"what was sent and answered was passed over"}}
                              .to_string();
        give_reasons(finding, {{"oversize", "the line is longer than line_limit_mb of its source", ""}});
    }

    // Between the API server and here.
    static void report_cut_off(const Observation& observation, FindingBook& findings) {
        const std::string resource = resource_of(observation.event.object);
        Finding& finding = report(observation, resource + kKeyMark + "cut-off", findings);
        finding.title = "Audit events come without their bodies";
        const std::string what =
            observation.event.object.present ? " on " + kinds_words(thing_of(observation.event.object)) : "";
        finding.summary = Sentence{.what = "What brings the log here has left out the bodies of " +
                                           counted(finding.count, "event") + what,
                                   .why = {"what was written there cannot be checked"}}
                              .to_string();
        give_reasons(
            finding,
            {{"cut-off", "the cloud or the shipper cuts long events off, or writes a mark in their place",
              ""}});
    }

    // What Azure writes in place of a large body (table AKSAudit of Azure Monitor).
    static bool is_left_out(std::string_view body) { return body == R"("skipped-too-big-size-object")"; }

    static Finding& report(const Observation& observation, std::string key, FindingBook& findings) {
        Finding& finding = findings.report({.detector = "source",
                                            .kind = "audit-truncated",
                                            .cluster = observation.origin.cluster,
                                            .key = std::move(key)},
                                           observation);
        finding.severity = decides_who_may_what(observation.event.object) ? Severity::Medium : Severity::Low;
        return finding;
    }

    static std::string resource_of(const audit::ObjectRef& object) {
        if (!object.present) return "no resource";
        if (object.api_group.empty()) return std::string(object.resource);
        return fmt::format("{}.{}", object.resource, object.api_group);
    }

    // Objects in whose bodies detectors and rules look for rights.
    static bool decides_who_may_what(const audit::ObjectRef& object) {
        return object.api_group == "rbac.authorization.k8s.io" ||
               (object.api_group.empty() && object.resource == "secrets");
    }

    uint64_t truncated_ = 0, shortened_ = 0;
};

}  // namespace

std::unique_ptr<Detector> make_source_truncated() {
    return std::make_unique<SourceTruncated>();
}

}  // namespace redshank
