// What is told of an event field by field, and what of it nobody sees.
#include <gmock/gmock.h>

#include "daemon/print/event_fields.h"
#include "tests/support/events.h"

namespace redshank {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

std::string fields(const test::EventSpec& spec) {
    const test::ParsedEvent event = spec.parsed();
    std::string out;
    for (const EventField& field : fields_of(*event)) out += field.name + ": " + field.value + "\n";
    return out;
}

TEST(EventFields, AreThoseOfTheLogInItsOrder) {
    EXPECT_EQ(fields({.reason = "RBAC: allowed"}),
              "level: Metadata\n"
              "auditID: a-1\n"
              "stage: ResponseComplete\n"
              "requestURI: /api/v1/namespaces/shop/pods/web\n"
              "verb: get\n"
              "user.username: alice\n"
              "user.groups: dev, system:authenticated\n"
              "sourceIPs: 10.0.0.7\n"
              "userAgent: kubectl/v1.32.0 (linux/amd64) kubernetes/abc\n"
              "objectRef.resource: pods\n"
              "objectRef.namespace: shop\n"
              "objectRef.name: web\n"
              "objectRef.apiVersion: v1\n"
              "responseStatus.code: 200\n"
              "requestReceivedTimestamp: 2026-01-05T10:00:00.000000Z\n"
              "stageTimestamp: 2026-01-05T10:00:00.000100Z\n"
              "annotations[authorization.k8s.io/decision]: allow\n"
              "annotations[authorization.k8s.io/reason]: RBAC: allowed\n");
}

TEST(EventFields, BodiesQueriesAndMessagesAreNotShown) {
    const std::string out = fields(
        {.uri = "/api/v1/namespaces/shop/pods/web/exec?command=cat&command=hunter2",
         .status =
             R"({"metadata":{},"status":"Failure","message":"hunter2 is wrong","reason":"Invalid","code":422})",
         .request_object = R"({"data":"hunter2"})",
         .response_object = R"({"data":{"a":"hunter2"}})"});
    EXPECT_THAT(out, Not(HasSubstr("hunter2")));
    EXPECT_THAT(out,
                HasSubstr("requestURI: /api/v1/namespaces/shop/pods/web/exec?… (the query is not shown)\n"));
    EXPECT_THAT(out, HasSubstr("responseStatus.code: 422\nresponseStatus.status: Failure\n"
                               "responseStatus.reason: Invalid\nresponseStatus.message: 16 bytes, not shown\n"
                               "requestObject: 18 bytes, not shown\nresponseObject: 24 bytes, not shown\n"));
}

// A webhook may write what it likes, a patch of a Secret among it.
TEST(EventFields, OnlyTheServersOwnExtrasAndAnnotationsAreShown) {
    const std::string out = fields(
        {.user =
             R"({"username":"a","uid":"u-1","groups":[],"extra":{"authentication.kubernetes.io/credential-id":["JTI=1"],)"
             R"("token":["hunter2"]}})",
         .impersonated = R"({"username":"b","groups":["g"]})",
         .more_annotations = R"(,"patch.webhook.admission.k8s.io/round_0_index_0":"hunter2")"
                             R"(,"pod-security.kubernetes.io/enforce-policy":"restricted:latest")"});
    EXPECT_THAT(out, Not(HasSubstr("hunter2")));
    EXPECT_THAT(out, HasSubstr("user.username: a\nuser.uid: u-1\n"
                               "user.extra[authentication.kubernetes.io/credential-id]: JTI=1\n"
                               "user.extra[token]: not shown\n"
                               "impersonatedUser.username: b\nimpersonatedUser.groups: g\n"));
    EXPECT_THAT(out,
                HasSubstr("annotations[patch.webhook.admission.k8s.io/round_0_index_0]: not shown\n"
                          "annotations[pod-security.kubernetes.io/enforce-policy]: restricted:latest\n"));
}

TEST(EventFields, WhatIsNotThereIsNoField) {
    const std::string out = fields({.object = "", .status = ""});
    for (const char* name : {"objectRef", "responseStatus", "impersonatedUser", "requestObject", "user.uid"})
        EXPECT_THAT(out, Not(HasSubstr(name)));
    EXPECT_THAT(fields_of(audit::Event{}), ::testing::SizeIs(2));  // level and stage, both unknown
}

}  // namespace
}  // namespace redshank
