// Deprecated versions, and watches that are cut off.
#include "detectors/crd/notices.h"

#include <gmock/gmock.h>

#include "tests/unit/detectors/crd_requests.h"

namespace redshank {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;
using test::kOperator;
using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;

class CrdNotices : public test::CrdRequests {
  protected:
    void watch(audit::Duration lived, const char* asked = "&timeoutSeconds=420",
               const std::string& user = kOperator) {
        now_ += lived + seconds{1};
        send({.name = "",
              .verb = "watch",
              .user = user,
              .stage = "ResponseStarted",
              .query = std::string("&watch=true") + asked,
              .took = {}});
        send({.name = "",
              .verb = "watch",
              .user = user,
              .query = std::string("&watch=true") + asked,
              .took = lived});
    }
};

TEST_F(CrdNotices, ADeprecatedVersionIsToldWithItsCallers) {
    repeat(20, seconds{5}, {});
    EXPECT_THAT(told_, IsEmpty());
    repeat(20, seconds{5}, {.version = "v1beta1", .annotations = R"(,"k8s.io/deprecated":"true")"});
    ASSERT_EQ(findings("crd-deprecated").size(), 1U);
    const Finding finding = findings("crd-deprecated")[0];
    EXPECT_EQ(finding.severity, Severity::Info);
    EXPECT_EQ(finding.what().version, "v1beta1");
    EXPECT_THAT(finding.summary, AllOf(HasSubstr("widgets.example.com"), HasSubstr("v1beta1"),
                                       testing::StartsWith("Service account ops/app asked for ")));
    ASSERT_EQ(reports().size(), 1U);
    EXPECT_EQ(reports()[0].verdict, "healthy");
    EXPECT_EQ(reports()[0].notices.deprecated, (std::map<std::string, uint64_t>{{"v1beta1", 20}}));
    EXPECT_THAT(crd::to_json(reports()[0]), HasSubstr(R"("deprecated":{"v1beta1":20})"));
    restart();
    repeat(5, seconds{5}, {.version = "v1beta1", .annotations = R"(,"k8s.io/deprecated":"true")"});
    EXPECT_EQ(findings("crd-deprecated").size(), 1U);
    EXPECT_EQ(reports()[0].notices.deprecated.at("v1beta1"), 25U);
}

TEST_F(CrdNotices, BuiltInVersionsAreNotOurs) {
    repeat(20, seconds{5},
           {.group = "flowcontrol.apiserver.k8s.io",
            .resource = "flowschemas",
            .version = "v1beta3",
            .annotations = R"(,"k8s.io/deprecated":"true","k8s.io/removed-release":"1.32")"});
    EXPECT_THAT(told_, IsEmpty());
}

TEST_F(CrdNotices, WatchesThatLastAreNotDropped) {
    for (int i = 0; i < 30; ++i) watch(minutes{7});
    for (int i = 0; i < 30; ++i) watch(milliseconds{900}, "&timeoutSeconds=1");  // as the client asked
    for (int i = 0; i < 30; ++i) watch(milliseconds{900}, "");                   // kubectl get --watch
    for (int i = 0; i < 30; ++i) watch(seconds{1}, "&timeoutSeconds=400", "bob");
    EXPECT_THAT(told_, IsEmpty());
    EXPECT_EQ(reports()[0].notices.dropped_watches, 0U);
}

TEST_F(CrdNotices, OneDropNowAndThenIsOrdinary) {
    for (int i = 0; i < 60; ++i) {
        watch(minutes{7});
        watch(seconds{40});  // ended by a restart of the server or an edit of the definition
    }
    EXPECT_THAT(told_, IsEmpty());
    EXPECT_EQ(reports()[0].notices.dropped_watches, 60U);
}

// Errors inside the stream are logged as successes: the log shows only that the watch never lasts.
TEST_F(CrdNotices, WatchesThatAlwaysEndAtOnce) {
    for (int i = 0; i < 3; ++i) watch(minutes{7});
    for (int i = 0; i < 9; ++i) watch(milliseconds{20});
    EXPECT_THAT(told_, IsEmpty());
    for (int i = 0; i < 60; ++i) watch(seconds{2});
    ASSERT_EQ(findings("crd-degraded").size(), 1U);
    EXPECT_EQ(findings("crd-degraded")[0].severity, Severity::Low);
    EXPECT_THAT(findings("crd-degraded")[0].summary, HasSubstr("Service account ops/widget-operator lost "));
    EXPECT_EQ(reports()[0].verdict, "degraded");
    EXPECT_THAT(reports()[0].cause, HasSubstr("cut off"));
    restart();
    for (int i = 0; i < 250; ++i) watch(seconds{2});
    ASSERT_EQ(findings("crd-degraded").size(), 1U);
    EXPECT_EQ(findings("crd-degraded")[0].severity, Severity::Medium);
    watch(minutes{7});
    EXPECT_EQ(findings("crd-degraded")[0].status, FindingStatus::Resolved);
    EXPECT_EQ(reports()[0].verdict, "healthy");
}

}  // namespace
}  // namespace redshank
