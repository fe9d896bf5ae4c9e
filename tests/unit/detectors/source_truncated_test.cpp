#include "detectors/source/detector.h"

#include <gtest/gtest.h>

#include "tests/support/events.h"

namespace redshank {
namespace {

std::vector<Finding> findings_of(const std::vector<test::EventSpec>& events) {
    const auto detector = make_source_truncated();
    FindingBook book;
    uint64_t offset = 0;
    for (const test::EventSpec& spec : events) {
        const test::ParsedEvent event = spec.parsed();
        const Origin origin{.cluster = "c", .source = "audit.log", .offset = offset++};
        const test::Understood understood(*event);
        detector->observe({.event = *event,
                           .request = understood,
                           .origin = origin,
                           .answers = true,
                           .now = event->stage_time},
                          book);
    }
    return book.drain(true);
}

test::EventSpec cut(const std::string& object) {
    return {.object = object, .more_annotations = R"(,"audit.k8s.io/truncated":"true")"};
}

TEST(SourceTruncated, OneFindingForEachResource) {
    const std::string role =
        R"({"resource":"clusterroles","name":"x","apiGroup":"rbac.authorization.k8s.io"})";
    const auto findings = findings_of({cut(R"({"resource":"configmaps","name":"a"})"),
                                       {},
                                       cut(R"({"resource":"configmaps","name":"b"})"),
                                       cut(role)});
    ASSERT_EQ(findings.size(), 2u);
    EXPECT_EQ(findings[0].detector, "source");
    EXPECT_EQ(findings[0].kind, "audit-truncated");
    EXPECT_EQ(findings[0].count, 2u);
    EXPECT_EQ(findings[0].severity, Severity::Low);
    EXPECT_EQ(findings[0].summary,
              "The API server dropped the bodies of 2 events on ConfigMaps, larger than its "
              "--audit-log-truncate-max-event-size. What was written there cannot be checked.");
    EXPECT_EQ(findings[1].severity, Severity::Medium);
}

// Azure writes a mark in place of a large body; others cut the line off.
TEST(SourceTruncated, BodiesThatDoNotArriveAreTold) {
    const std::string pod = R"({"resource":"pods","namespace":"ns","name":"p","apiVersion":"v1"})";
    const auto findings = findings_of({{.object = pod, .request_object = R"("skipped-too-big-size-object")"},
                                       {.object = pod, .response_object = R"("skipped-too-big-size-object")"},
                                       {.object = pod, .more_annotations = R"(,"redshank/cut-off":"true")"},
                                       {.object = pod, .request_object = R"("another text")"}});
    ASSERT_EQ(findings.size(), 1u);
    EXPECT_EQ(findings[0].kind, "audit-truncated");
    EXPECT_EQ(findings[0].count, 3u);
    EXPECT_EQ(findings[0].summary,
              "What brings the log here has left out the bodies of 3 events on Pods. What was written there "
              "cannot be checked.");
}

TEST(SourceTruncated, EventThatWasShortenedHereNamesWhoDidWhatToWhat) {
    const test::EventSpec event{
        .verb = "create",
        .object = R"({"resource":"widgets","namespace":"ns","name":"big","apiGroup":"acme.io"})",
        .is_shortened = true};
    const test::EventSpec other{.object = "", .is_shortened = true};
    auto findings = findings_of({event});
    ASSERT_EQ(findings.size(), 1u);
    EXPECT_EQ(findings[0].kind, "audit-truncated");
    EXPECT_EQ(findings[0].who().user, "alice");
    EXPECT_EQ(findings[0].verb, "create");
    EXPECT_EQ(findings[0].what().name, "big");
    EXPECT_EQ(findings[0].summary,
              "alice created widgets.acme.io ns/big in a line longer than line_limit_mb. What was sent and "
              "answered was passed over.");
    EXPECT_EQ(findings[0].reasons[0].name, "oversize");
    findings = findings_of({event, event, other});
    ASSERT_EQ(findings.size(), 2u);
    EXPECT_NE(findings[0].summary.find(", as did 1 later event."), std::string::npos);
    EXPECT_NE(findings[1].summary.find("alice read the API server in a line"), std::string::npos);
}

TEST(SourceTruncated, ValueOtherThanTrueIsNone) {
    EXPECT_TRUE(findings_of({{.more_annotations = R"(,"audit.k8s.io/truncated":"false")"}}).empty());
}

}  // namespace
}  // namespace redshank
