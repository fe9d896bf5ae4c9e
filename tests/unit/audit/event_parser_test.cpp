#include "audit/event_parser.h"

#include <gmock/gmock.h>

#include "audit/grant.h"
#include "tests/support/corpus.h"
#include "tests/support/events.h"

namespace redshank::audit {
namespace {

using test::EventSpec;
using test::ParsedEvent;
using ::testing::ElementsAre;

// A deletion's options stand in its body, and the query counts only without one.
TEST(EventParser, KnowsDryRuns) {
    struct Case {
        const char *verb, *query, *body, *subresource;
        bool expected;
    };
    for (const Case& one : {
             Case{"create", "?dryRun=All", "{}", "", true},
             Case{"create", "", R"({"dryRun":["All"]})", "", false},
             Case{"patch", "?force=true&dryRun=All", "", "", true},
             Case{"delete", "?dryRun=All", "", "", true},
             Case{"delete", "", R"({"kind":"DeleteOptions","dryRun":["All"]})", "", true},
             Case{"deletecollection", "", R"({"dryRun" : [ "All" ]})", "", true},
             Case{"delete", "?dryRun=All", R"({"kind":"DeleteOptions"})", "", false},
             Case{"deletecollection", "?dryRun=All", R"({"orphanDependents":true})", "", false},
             Case{"delete", "?dryRun=All", R"("skipped-too-big-size-object")", "", true},
             Case{"delete", "", R"({"dryRun":[]})", "", false},
             Case{"delete", "", R"({"preconditions":{"uid":"\"dryRun\":[\"All\"]"}})", "", false},
             Case{"create", "", R"({"deleteOptions":{"dryRun":["All"]}})", "eviction", true},
             Case{"create", "", R"({"deleteOptions":{}})", "eviction", false},
             Case{"create", "?dryRun=All", R"({"deleteOptions":{}})", "eviction", true},
         }) {
        EventSpec spec;
        spec.level = "Request";
        spec.verb = one.verb;
        spec.uri = std::string("/api/v1/namespaces/shop/pods/web") + one.query;
        spec.request_object = one.body;
        spec.object = std::string(R"({"resource":"pods","name":"web","subresource":")") + one.subresource +
                      R"(","apiVersion":"v1"})";
        EXPECT_EQ(spec.parsed()->is_dry_run(), one.expected) << one.verb << one.query << one.body;
    }
}

TEST(EventParser, ReadsEveryFieldThatTheApiServerWrites) {
    const ParsedEvent event(
        R"({"kind":"Event","apiVersion":"audit.k8s.io/v1","level":"RequestResponse","auditID":"id-1",)"
        R"("stage":"ResponseComplete","requestURI":"/api/v1/secrets?watch=true\u0026limit=5","verb":"list",)"
        R"("user":{"username":"alice","uid":"u-1","groups":["dev","system:authenticated"],)"
        R"("extra":{"authentication.kubernetes.io/credential-id":["JTI=1","JTI=2"]}},)"
        R"("impersonatedUser":{"username":"bob","groups":["ops"]},"sourceIPs":["1.2.3.4","10.0.0.9"],)"
        R"("userAgent":"kubectl","objectRef":{"resource":"secrets","namespace":"ns","name":"a\nb","uid":"o-1",)"
        R"("apiGroup":"g","apiVersion":"v1","resourceVersion":"7","subresource":"status"},)"
        R"("responseStatus":{"metadata":{},"status":"Failure","message":"no","reason":"Invalid","details":)"
        R"({"name":"n","group":"dg","kind":"k","uid":"du","causes":[{"reason":"r","message":"m","field":"f"}],)"
        R"("retryAfterSeconds":3},"code":422},"requestObject":{"a":[1,{"b":"}"}]},"responseObject":[1,2],)"
        R"("requestReceivedTimestamp":"2026-01-05T10:00:00.000001Z","stageTimestamp":"2026-01-05T10:00:01Z",)"
        R"("annotations":{"authorization.k8s.io/decision":"allow","authorization.k8s.io/reason":"x","k/y":"z"}})");
    EXPECT_EQ(event->level, Level::RequestResponse);
    EXPECT_EQ(event->stage, Stage::ResponseComplete);
    EXPECT_EQ(event->request_uri, "/api/v1/secrets?watch=true&limit=5");
    EXPECT_EQ(event->user.username, "alice");
    EXPECT_EQ(event->user.uid, "u-1");
    EXPECT_THAT(event->user.groups, ElementsAre("dev", "system:authenticated"));
    EXPECT_EQ(event->user.extra_value("authentication.kubernetes.io/credential-id"), "JTI=1");
    EXPECT_TRUE(event->is_impersonated);
    EXPECT_EQ(event->effective_user().username, "bob");
    EXPECT_EQ(event->peer_ip(), "10.0.0.9");
    EXPECT_EQ(event->object.name, "a\nb");
    EXPECT_EQ(event->object.api_group, "g");
    EXPECT_EQ(event->object.resource_version, "7");
    EXPECT_EQ(event->object.subresource, "status");
    EXPECT_EQ(event->response.code, 422);
    EXPECT_EQ(event->response.details_kind, "k");
    EXPECT_EQ(event->response.retry_after_seconds, 3);
    ASSERT_EQ(event->response.causes.size(), 1u);
    EXPECT_EQ(event->response.causes[0].field, "f");
    EXPECT_EQ(event->request_object, R"({"a":[1,{"b":"}"}]})");
    EXPECT_EQ(event->response_object, "[1,2]");
    EXPECT_EQ(event->stage_time - event->received, std::chrono::microseconds(999'999));
    EXPECT_EQ(event->annotation("k/y"), "z");
    EXPECT_EQ(event->decision, "allow");
}

TEST(EventParser, ToleratesWhatItDoesNotKnow) {
    const ParsedEvent event(
        R"({"level":"Fancy","auditID":"i","stage":"Later","requestURI":"/x","verb":"","new":{"a":[]},"user":{},)"
        R"("sourceIPs":"none","responseStatus":{"code":"200"},"objectRef":{"x":1},"stageTimestamp":"2026-01-05T10:00:00Z"})");
    EXPECT_EQ(event->level, Level::Unknown);
    EXPECT_EQ(event->stage, Stage::Unknown);
    EXPECT_TRUE(event->object.present);
    EXPECT_EQ(event->peer_ip(), "");
    EXPECT_EQ(event->response.code, 0);
}

ParseError error_of(std::string text, Event& event);

// The time of an event that has these members.
std::string time_of(const std::string& members) {
    Event event;
    const ParseError error =
        error_of(R"({"auditID":"a","stage":"ResponseComplete","requestURI":"/")" + members + "}", event);
    if (error != ParseError::None) return std::string(to_string(error));
    return format_time(event.received) + " " + format_time(event.stage_time);
}

TEST(EventParser, ATimeThatCannotBeReadIsNot1970) {
    const std::string five = "2026-01-05T10:00:00.000005Z", six = "2026-01-05T10:00:00.000006Z";
    EXPECT_EQ(time_of(R"(,"requestReceivedTimestamp":")" + five + R"(","stageTimestamp":")" + six + "\""),
              five + " " + six);
    EXPECT_EQ(time_of(R"(,"requestReceivedTimestamp":")" + five + "\""), five + " " + five);
    EXPECT_EQ(time_of(R"(,"stageTimestamp":")" + six + "\""), six + " " + six);
    EXPECT_EQ(time_of(R"(,"timestamp":")" + five + "\""), five + " " + five);
    EXPECT_EQ(time_of(R"(,"metadata":{"name":"x","creationTimestamp":")" + five + "\"}"), five + " " + five);
    EXPECT_EQ(time_of(R"(,"stageTimestamp":"2026-01-05 10:00:00.000006000")"), six + " " + six);
    EXPECT_EQ(time_of(R"(,"stageTimestamp":"2026-01-05T10:00:00.000006")"), six + " " + six);
    EXPECT_EQ(time_of(R"(,"stageTimestamp":"2026-01-05 12:00:00.000006+02:00")"), six + " " + six);
    EXPECT_EQ(time_of(R"(,"stageTimestamp":1767607200)"),
              "2026-01-05T10:00:00.000000Z 2026-01-05T10:00:00.000000Z");
    EXPECT_EQ(time_of(R"(,"stageTimestamp":1767607200001)"),
              "2026-01-05T10:00:00.001000Z 2026-01-05T10:00:00.001000Z");
    EXPECT_EQ(time_of(R"(,"stageTimestamp":1767607200000006)"), six + " " + six);
    EXPECT_EQ(time_of(R"(,"stageTimestamp":1767607200000006999)"), six + " " + six);
    for (const char* none :
         {"", R"(,"stageTimestamp":"yesterday")", R"(,"stageTimestamp":null)", R"(,"stageTimestamp":12)",
          R"(,"stageTimestamp":1.5)", R"(,"stageTimestamp":"0001-01-01T00:00:00Z")",
          R"(,"stageTimestamp":"1970-01-01T00:00:00Z")", R"(,"stageTimestamp":{"seconds":1})"})
        EXPECT_EQ(time_of(none), "bad_time") << none;
}

ParseError error_of(std::string text, Event& event) {
    static std::string kept;
    kept = std::move(text);
    const size_t size = kept.size();
    kept.append(kPadding, '\0');
    EventParser parser;
    return parser.parse(std::string_view(kept).substr(0, size), event);
}

// pkg/apis/audit/v1alpha1 and v1beta1 of Kubernetes up to 1.23: no apiGroup in the first.
TEST(EventParser, ReadsTheVersionsOfOldClusters) {
    const ParsedEvent alpha(
        R"({"kind":"Event","apiVersion":"audit.k8s.io/v1alpha1","metadata":{"creationTimestamp":"2018-01-05T10:00:00Z"},)"
        R"("level":"Metadata","timestamp":"2018-01-05T10:00:00Z","auditID":"i","stage":"ResponseComplete",)"
        R"("requestURI":"/x","verb":"create","user":{"username":"ann"},"sourceIPs":["192.0.2.1"],"objectRef":)"
        R"({"resource":"clusterrolebindings","name":"b","apiVersion":"rbac.authorization.k8s.io/v1beta1"},)"
        R"("responseStatus":{"metadata":{},"code":201}})");
    EXPECT_EQ(alpha->object.api_group, "rbac.authorization.k8s.io");
    EXPECT_EQ(alpha->object.api_version, "v1beta1");
    EXPECT_EQ(format_time(alpha->stage_time), "2018-01-05T10:00:00.000000Z");
    const ParsedEvent beta(
        R"({"kind":"Event","apiVersion":"audit.k8s.io/v1beta1","level":"Metadata","auditID":"i","stage":"Panic",)"
        R"("requestURI":"/x","verb":"get","user":{},"objectRef":{"resource":"deployments","apiGroup":"apps",)"
        R"("apiVersion":"v1"},"stageTimestamp":"2020-01-05T10:00:00.000001Z"})");
    EXPECT_EQ(beta->object.api_group, "apps");
    EXPECT_EQ(beta->object.api_version, "v1");
}

TEST(EventParser, NamesWhatIsWrong) {
    Event event;
    const std::string good = EventSpec{}.json();
    EXPECT_EQ(error_of("", event), ParseError::Empty);
    EXPECT_EQ(error_of(" \t\r", event), ParseError::Empty);
    EXPECT_EQ(error_of(good.substr(0, good.size() / 2), event), ParseError::BadJson);
    EXPECT_EQ(error_of(good + "}", event), ParseError::BadJson);
    EXPECT_EQ(error_of("[1]", event), ParseError::BadJson);
    EXPECT_EQ(error_of("{\"auditID\":\"\xff\"}", event), ParseError::BadUtf8);
    EXPECT_EQ(error_of(R"({"hello":"world"})", event), ParseError::NotAnEvent);
    EXPECT_EQ(
        error_of(
            R"({"auditID":"a","stage":"ResponseComplete","requestReceivedTimestamp":"2026-01-05T10:00:00Z"})",
            event),
        ParseError::NotAnEvent);
    EXPECT_EQ(error_of(R"({"kind":"Pod","auditID":"a","stage":"b","requestURI":"c"})", event),
              ParseError::NotAnEvent);
    EXPECT_EQ(error_of(R"(2026-01-05T10:00:00Z AUDIT: id="x" stage="RequestReceived")", event),
              ParseError::LegacyFormat);
    EXPECT_EQ(error_of(std::string(100'000, '['), event), ParseError::BadJson);
    EXPECT_EQ(error_of(good, event), ParseError::None);
}

TEST(Grant, ReadsEveryFormThatRbacWrites) {
    const auto cluster =
        parse_grant(R"(RBAC: allowed by ClusterRoleBinding "b" of ClusterRole "r" to Group "g")");
    ASSERT_TRUE(cluster);
    EXPECT_TRUE(cluster->is_cluster_wide());
    EXPECT_EQ(cluster->to_string(), "ClusterRoleBinding b → ClusterRole r → Group g");

    const auto local =
        parse_grant(R"(RBAC: allowed by RoleBinding "tmp/prod" of Role "edit" to ServiceAccount "app/web")");
    ASSERT_TRUE(local);
    EXPECT_EQ(local->binding_namespace, "prod");
    EXPECT_EQ(local->subject_namespace, "web");
    EXPECT_EQ(local->to_string(), "RoleBinding prod/tmp → Role prod/edit → ServiceAccount web/app");

    const auto quoted =
        parse_grant(R"(RBAC: allowed by ClusterRoleBinding "b" of ClusterRole "r" to User "a\"b\\c")");
    ASSERT_TRUE(quoted);
    EXPECT_EQ(quoted->subject_name, R"(a"b\c)");

    // Another authorizer that uses RBAC's words.
    const auto grant = parse_grant(
        R"(EKS Access Policy: allowed by ClusterRoleBinding "arn:x+y" of ClusterRole "arn:y" to User "bob")");
    ASSERT_TRUE(grant);
    EXPECT_EQ(grant->authorizer, "EKS Access Policy");
    EXPECT_EQ(grant->role_name, "arn:y");
    EXPECT_EQ(grant->subject_name, "bob");
    EXPECT_FALSE(grant->is_rbac());
    EXPECT_FALSE(parse_grant(R"(: allowed by ClusterRoleBinding "b" of ClusterRole "r" to User "u")"));
    EXPECT_FALSE(parse_grant(R"(x "RBAC: allowed by ClusterRoleBinding "b" of ClusterRole "r" to User "u")"));
    EXPECT_FALSE(parse_grant("access granted by IAM permissions."));

    const auto azure = parse_grant(
        "Access allowed by Azure RBAC Role Assignment 59ae of Role b1ff04bb-8a4e-4dc4-8eb5-8693973ce19b to "
        "user 00dc");
    ASSERT_TRUE(azure);
    EXPECT_EQ(azure->authorizer, "Azure RBAC");
    EXPECT_EQ(azure->binding_name, "59ae");
    EXPECT_EQ(azure->role_name, "Azure Kubernetes Service RBAC Cluster Admin");
    EXPECT_EQ(azure->subject_name, "00dc");
    EXPECT_TRUE(azure->is_cluster_wide());
    EXPECT_FALSE(azure->is_rbac());
    for (const auto& [id, name] :
         {std::pair{"b1ff04bb8a4e4dc48eb58693973ce19b", "Azure Kubernetes Service RBAC Cluster Admin"},
          std::pair{"/x/roleDefinitions/7f6c6a51-bcf8-42ba-9220-52d62157d7db",
                    "Azure Kubernetes Service RBAC Reader"},
          std::pair{"3498e952d568435e9b2c8d77e338d7f7", "Azure Kubernetes Service RBAC Admin"},
          std::pair{"a7ffa36f339b4b5c8bdfe2c188b2c0eb", "Azure Kubernetes Service RBAC Writer"},
          std::pair{"/x/roleDefinitions/45-6", "45-6"}}) {
        const auto one = parse_grant(std::string("Access allowed by Azure RBAC Role Assignment a of Role ") +
                                     id + " to user u");
        ASSERT_TRUE(one) << id;
        EXPECT_EQ(one->role_name, name);
    }
    EXPECT_FALSE(parse_grant("Access allowed by Azure RBAC"));
    EXPECT_FALSE(parse_grant("Access allowed by Azure RBAC Role Assignment a of Role  to user u"));
    EXPECT_FALSE(parse_grant("Access allowed by Azure RBAC Role Assignment a of Role r to user "));

    EXPECT_FALSE(parse_grant(""));
    EXPECT_FALSE(parse_grant("EKS access entry"));
    EXPECT_FALSE(parse_grant(R"(RBAC: allowed by RoleBinding "noslash" of Role "r" to User "u")"));
    EXPECT_FALSE(
        parse_grant(R"(RBAC: allowed by ClusterRoleBinding "b" of ClusterRole "r" to User "u" and more)"));
}

TEST(Corpus, EveryRecordedLineIsAnEvent) {
    NEEDS_SHARED("corpus");
    const auto corpus = test::shared_dir() / "corpus";
    for (const auto& [folder, events] : std::map<std::string, size_t>{
             {"benign-day", 30553}, {"attacks-dev", 22492}, {"fat-course", 4051}, {"fat-truncated", 3156}}) {
        size_t seen = 0;
        EXPECT_EQ(
            test::Log(corpus / folder / "audit.log.zst").each_event([&](const Event&, uint64_t) { ++seen; }),
            0u);
        EXPECT_EQ(seen, events) << folder;
    }
}

}  // namespace
}  // namespace redshank::audit
