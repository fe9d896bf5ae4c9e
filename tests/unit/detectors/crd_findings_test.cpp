// Findings about custom resources: their texts, when they open, and that they end.
#include <gmock/gmock.h>

#include "tests/unit/detectors/crd_requests.h"

namespace redshank {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;
using test::kBoom;
using test::kForbidden;
using test::kNoRoute;
using test::kOperator;
using testing::AllOf;
using testing::AnyOf;
using testing::Contains;
using testing::Field;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

constexpr const char* kWebhookDown =
    R"({"status":"Failure","message":"Internal error occurred: failed calling webhook \"gate.yard.example\": failed to call webhook: Post \"https://gate.yard.svc:443/v?timeout=5s\": context deadline exceeded","reason":"InternalError","code":500})";
constexpr const char* kConversionDown =
    R"({"status":"Failure","message":"conversion webhook for example.com/v1, Kind=Widget failed: Post \"https://conv.yard.svc:443/c?timeout=30s\": dial tcp: connect: connection refused","code":500})";
constexpr const char* kNotFound =
    R"({"status":"Failure","message":"widgets.example.com \"w\" not found","reason":"NotFound","details":{"name":"w","group":"example.com","kind":"widgets"},"code":404})";
constexpr const char* kInvalid =
    R"({"status":"Failure","message":"Widget.example.com \"w\" is invalid: spec.size: Required value","reason":"Invalid","details":{"name":"w","group":"example.com","kind":"Widget","causes":[{"reason":"FieldValueRequired","message":"Required value","field":"spec.size"}]},"code":422})";
constexpr const char* kConflict =
    R"({"status":"Failure","message":"Operation cannot be fulfilled","reason":"Conflict","code":409})";

class CrdFindings : public test::CrdRequests {
  protected:
    static std::string reason(const Finding& finding, const std::string& name) {
        for (const Reason& each : finding.reasons) {
            if (each.name == name) return each.value + " " + each.text;
        }
        return "";
    }

    void change(const std::string& group, const std::string& resource, const std::string& verb,
                const std::string& name, const std::string& user = "carol") {
        now_ += seconds{1};
        send({.group = group,
              .resource = resource,
              .name = name,
              .verb = verb,
              .user = user,
              .namespace_ = ""});
    }
};

// Replaced Pods leave a webhook without an answer for some seconds. Each row but the restart is its attack
// twin, or a fault that looks like it.
TEST_F(CrdFindings, AWebhookThatRestartsIsNoPageAndOneThatStaysDownIs) {
    const struct {
        const char* what;
        // Deployment, "pod" that is evicted, or who deletes it; "" for none
        const char* changed;
        const char* namespace_;
        const char* status;
        int seconds;
        bool is_page;
    } kCases[] = {
        {"an upgrade", "gate", "yard", kWebhookDown, 20, false},
        {"of the conversion webhook", "conv", "yard", kConversionDown, 20, false},
        {"its node is drained", "pod", "yard", kWebhookDown, 20, false},
        {"another node is drained", "pod", "other", kWebhookDown, 20, true},
        {"its Pod is deleted by hand", "by carol", "yard", kWebhookDown, 20, false},
        {"its node is gone", "by system:serviceaccount:kube-system:node-controller", "yard", kWebhookDown, 20,
         false},
        {"its Pod is cleared away", "by system:serviceaccount:kube-system:pod-garbage-collector", "yard",
         kConversionDown, 20, false},
        {"another Pod is deleted", "by carol", "other", kWebhookDown, 20, true},
        {"its Pod is deleted and does not come back", "by carol", "yard", kWebhookDown, 150, true},
        {"a Job is done", "by system:serviceaccount:kube-system:job-controller", "yard", kWebhookDown, 20,
         true},
        {"a kubelet removes what has ended", "by system:node:n1", "yard", kWebhookDown, 20, true},
        {"nobody changed anything", "", "", kWebhookDown, 20, true},
        {"something elsewhere was changed", "gate", "other", kWebhookDown, 20, true},
        {"it stays down", "gate", "yard", kWebhookDown, 150, true},
        {"another fault at the same time", "gate", "yard", kBoom, 20, true},
    };
    for (const auto& one : kCases) {
        SCOPED_TRACE(one.what);
        begin_anew();
        repeat(60, seconds{10}, {.verb = "update"});
        if (one.changed == std::string("pod")) {
            send({.group = "",
                  .resource = "pods",
                  .name = "gate-1",
                  .subresource = "eviction",
                  .verb = "create",
                  .user = "carol",
                  .namespace_ = one.namespace_});
        } else if (std::string_view(one.changed).starts_with("by ")) {
            send({.group = "",
                  .resource = "pods",
                  .name = "gate-1",
                  .verb = "delete",
                  .user = one.changed + 3,
                  .namespace_ = one.namespace_});
        } else if (*one.changed != '\0') {
            send({.group = "apps",
                  .resource = "deployments",
                  .name = one.changed,
                  .verb = "patch",
                  .user = "carol",
                  .namespace_ = one.namespace_});
        }
        now_ += minutes{1};
        for (int i = 0; i < one.seconds; ++i) {
            now_ += seconds{1};
            send({.name = "w" + std::to_string(i),
                  .verb = "update",
                  .user = i % 2 == 0 ? kOperator : "dora",
                  .status = one.status});
        }
        EXPECT_EQ(findings("crd-failing").size(), one.is_page ? 1U : 0U);
        repeat(60, seconds{10}, {.verb = "update"});
        EXPECT_EQ(findings("crd-failing").size(), one.is_page ? 1U : 0U);
        if (one.seconds > 100) {
            EXPECT_THAT(findings("crd-failing")[0].summary,
                        AnyOf(HasSubstr("carol changed Deployment yard/gate"),
                              HasSubstr("carol deleted Pod yard/gate-1")));
        }
    }
}

TEST_F(CrdFindings, AreAboutTheResourceAndNobody) {
    repeat(60, seconds{10}, {.verb = "update"});
    const audit::Time begin = now_;
    for (int i = 0; i < 24; ++i) {
        now_ += seconds{10};
        send({.name = "w" + std::to_string(i), .verb = "update", .user = kOperator, .status = kWebhookDown});
    }
    const Finding finding = findings("crd-failing").at(0);
    EXPECT_FALSE(finding.actor);
    ASSERT_TRUE(finding.object);
    EXPECT_EQ(finding.object->group + "/" + finding.object->resource, "example.com/widgets");
    EXPECT_EQ(finding.object->namespace_ + finding.object->name, "");
    const std::string since = audit::format_time(begin + seconds{10});
    EXPECT_THAT(finding.summary, testing::StartsWith("widgets.example.com fails: "));
    EXPECT_THAT(finding.summary, HasSubstr("First for service account ops/widget-operator (500) at " +
                                           since.substr(11, 8) + " UTC."));
}

TEST_F(CrdFindings, SayClassFirstRequestCallersAndTheChangeBefore) {
    repeat(60, seconds{10}, {.verb = "update"});
    change("admissionregistration.k8s.io", "validatingwebhookconfigurations", "patch", "gate");
    const audit::Time begin = now_;
    for (int i = 0; i < 24; ++i) {
        now_ += seconds{10};
        send({.name = "w" + std::to_string(i),
              .verb = "update",
              .user = i % 2 == 0 ? kOperator : "dora",
              .status = kWebhookDown});
    }
    ASSERT_EQ(findings("crd-failing").size(), 1U);
    const Finding finding = findings("crd-failing")[0];
    EXPECT_EQ(finding.severity, Severity::High);
    EXPECT_THAT(finding.title, HasSubstr("admission webhook"));
    EXPECT_THAT(finding.summary,
                AllOf(testing::StartsWith("widgets.example.com fails: "), HasSubstr(" requests failed in "),
                      HasSubstr("gate.yard.example: timed out). Just before, "
                                "carol changed ValidatingWebhookConfiguration gate (10 s earlier)")));
    EXPECT_EQ(finding.first_seen, begin + seconds{10});
    EXPECT_THAT(reason(finding, "first-failure"), HasSubstr("service account ops/widget-operator (500)"));
    EXPECT_THAT(reason(finding, "callers"),
                HasSubstr("2 failed for service account ops/widget-operator and dora"));
    EXPECT_THAT(reason(finding, "change"), HasSubstr("carol"));
    EXPECT_GE(finding.count, 20U);
    EXPECT_EQ(finding.evidence.front().audit_id, "a-62");  // the first failing request
    repeat(60, seconds{10}, {.verb = "update"});
    EXPECT_EQ(findings("crd-failing")[0].status, FindingStatus::Resolved);
    // The cause is still reported while the error budget is overspent.
    EXPECT_THAT(reports().at(0).cause, HasSubstr("gate.yard.example: timed out"));
}

struct Blamed {
    const char *what, *group, *resource, *verb, *name, *status, *decision, *kind, *expected;
};

TEST_F(CrdFindings, NameTheKindOfChangeThatExplainsTheClass) {
    const Blamed cases[] = {
        {"CRD edited", "apiextensions.k8s.io", "customresourcedefinitions", "patch", "widgets.example.com",
         kNoRoute, "allow", "crd-failing", "carol changed CustomResourceDefinition widgets.example.com"},
        {"CRD deleted", "apiextensions.k8s.io", "customresourcedefinitions", "delete", "widgets.example.com",
         kNoRoute, "allow", "crd-failing", "carol deleted CustomResourceDefinition widgets.example.com"},
        {"conversion configured", "apiextensions.k8s.io", "customresourcedefinitions", "update",
         "widgets.example.com", kConversionDown, "allow", "crd-failing",
         "carol changed CustomResourceDefinition"},
        {"schema tightened", "apiextensions.k8s.io", "customresourcedefinitions", "update",
         "widgets.example.com", kInvalid, "allow", "crd-degraded", "carol changed CustomResourceDefinition"},
        {"RBAC", "rbac.authorization.k8s.io", "clusterrolebindings", "delete", "widget-operator", kForbidden,
         "forbid", "crd-operator-refused", "carol deleted ClusterRoleBinding widget-operator"},
    };
    for (const Blamed& c : cases) {
        engine_ = std::make_unique<Engine>(config_);
        told_.clear();
        repeat(60, seconds{10}, {.verb = "update", .user = kOperator});
        change(c.group, c.resource, c.verb, c.name);
        change("apps", "deployments", "patch", "unrelated", "eve");
        change("apiextensions.k8s.io", "customresourcedefinitions", "patch", "others.example.com", "eve");
        repeat(40, seconds{10},
               {.verb = "update", .user = kOperator, .status = c.status, .decision = c.decision});
        ASSERT_EQ(findings(c.kind).size(), 1U) << c.what;
        EXPECT_THAT(reason(findings(c.kind)[0], "change"), HasSubstr(c.expected)) << c.what;
        EXPECT_THAT(findings(c.kind)[0].summary, Not(HasSubstr("eve"))) << c.what;
    }
}

TEST_F(CrdFindings, EveryKindResolvesByItself) {
    repeat(300, seconds{2}, {.verb = "update", .user = kOperator});
    repeat(60, seconds{10},
           {.verb = "update", .user = kOperator, .status = kForbidden, .decision = "forbid"});
    repeat(60, seconds{10}, {.verb = "update", .user = kOperator});
    repeat(60, seconds{2}, {.verb = "update", .status = kInvalid});
    repeat(60, seconds{10}, {.verb = "update"});
    repeat(100, seconds{2}, {.verb = "update", .status = kConflict});
    repeat(60, seconds{10}, {.verb = "update"});
    repeat(60, seconds{2}, {.verb = "update", .took = seconds{3}});
    repeat(300, seconds{2}, {.verb = "update"});
    repeat(60, seconds{10}, {.verb = "update", .status = kWebhookDown});
    repeat(200, seconds{10}, {.verb = "update"});
    EXPECT_THAT(findings("crd-failing"), Not(IsEmpty()));
    EXPECT_THAT(findings("crd-degraded"), Not(IsEmpty()));
    EXPECT_THAT(findings("crd-operator-refused"), Not(IsEmpty()));
    EXPECT_THAT(findings("crd-slow"), Not(IsEmpty()));
    for (const auto& [id, finding] : told_)
        EXPECT_EQ(finding.status, FindingStatus::Resolved) << finding.summary;
}

// The same events a second time, after a restart in the middle of each finding, give the same findings, each
// once.
TEST_F(CrdFindings, RestartsAndReplaysOpenNothingTwice) {
    const auto play = [&](bool with_restarts) {
        engine_ = std::make_unique<Engine>(config_);
        state_ = {};
        told_.clear();
        now_ = *audit::parse_time("2026-01-05T10:00:00Z");
        sent_ = 0;
        const auto part = [&](int times, audit::Duration step, const Request& request) {
            repeat(times / 2, step, request);
            if (with_restarts) restart();
            repeat(times - times / 2, step, request);
            if (with_restarts) restart();
        };
        part(100, seconds{10}, {.verb = "update", .user = kOperator});
        change("admissionregistration.k8s.io", "validatingwebhookconfigurations", "patch", "gate");
        part(60, seconds{10}, {.verb = "update", .status = kWebhookDown});
        part(100, seconds{10}, {.verb = "update"});
        part(60, seconds{10},
             {.verb = "update", .user = kOperator, .status = kForbidden, .decision = "forbid"});
        part(100, seconds{10}, {.verb = "update", .user = kOperator});
        part(60, seconds{2}, {.verb = "update", .took = seconds{3}});
        part(40, minutes{2}, {.verb = "get"});
        std::map<std::string, std::tuple<std::string, std::string, uint64_t, FindingStatus>> found;
        for (const auto& [id, finding] : told_)
            found[id] = {finding.kind, finding.summary, finding.count, finding.status};
        return found;
    };
    const auto straight = play(false);
    EXPECT_GE(straight.size(), 3U);
    EXPECT_EQ(play(true), straight);
    EXPECT_EQ(play(false), straight);
}

// ---- When findings open

TEST_F(CrdFindings, FewRequestsThatAllFailArePagedSoon) {
    repeat(200, minutes{6}, {.verb = "update"});
    repeat(2, minutes{6}, {.verb = "update", .status = kBoom});
    EXPECT_THAT(told_, IsEmpty());
    repeat(1, minutes{6}, {.name = "", .verb = "patch", .status = kBoom});
    ASSERT_EQ(findings("crd-failing").size(), 1U);
    EXPECT_EQ(findings("crd-failing")[0].severity, Severity::High);
}

TEST_F(CrdFindings, WatchesThatGoOnHideNothing) {
    for (int i = 0; i < 24 * 8; ++i) {
        now_ += minutes{7};
        send({.name = "", .verb = "watch", .user = kOperator, .took = minutes{7}});
        send({.name = "w" + std::to_string(i), .verb = "update"});
    }
    EXPECT_THAT(told_, IsEmpty());
    // One write in five fails, which is one request in thirty.
    for (int i = 0; i < 100 && findings("crd-failing").empty(); ++i) {
        for (int n = 0; n < 5; ++n) {
            now_ += minutes{1};
            send({.name = "", .verb = "watch", .user = kOperator, .took = minutes{7}});
        }
        send({.name = "w" + std::to_string(i), .verb = "update", .status = i % 5 == 0 ? kBoom : test::kOk});
    }
    EXPECT_EQ(findings("crd-failing").size(), 1U);
}

TEST_F(CrdFindings, AVersionThatNobodyWasEverGivenIsTheClientsAffair) {
    repeat(100, seconds{10}, {});
    repeat(60, seconds{10}, {.status = kNoRoute, .version = "v1alpha1"});
    ASSERT_EQ(findings("crd-failing").size(), 1U);
    EXPECT_EQ(findings("crd-failing")[0].severity, Severity::Medium);
}

TEST_F(CrdFindings, AVersionThatIsNoLongerServedIsHigh) {
    repeat(100, seconds{10}, {.version = "v1beta1"});
    repeat(60, seconds{10}, {.status = kNoRoute, .version = "v1beta1"});
    ASSERT_EQ(findings("crd-failing").size(), 1U);
    EXPECT_EQ(findings("crd-failing")[0].severity, Severity::High);
}

TEST_F(CrdFindings, TheBudgetOfDaysIsNotJudgedOnTheFirstDay) {
    for (int hour = 0; hour < 20; ++hour) {
        repeat(97, seconds{36}, {.verb = "update"});
        repeat(3, seconds{36}, {.verb = "update", .status = hour % 3 == 0 ? kBoom : test::kOk});
    }
    for (const auto& [id, finding] : told_)
        EXPECT_THAT(finding.reasons, Not(Contains(Field(&Reason::value, HasSubstr("over-3d")))));
}

TEST_F(CrdFindings, TheTableSaysHowLongRequestsTake) {
    repeat(100, seconds{10}, {.verb = "get", .took = std::chrono::milliseconds{3}});
    repeat(100, seconds{10}, {.verb = "update", .took = std::chrono::milliseconds{40}});
    const crd::Report report = reports().at(0);
    ASSERT_TRUE(report.latency.contains("read") && report.latency.contains("write"));
    EXPECT_EQ(report.latency.size(), 2U);
    EXPECT_THAT(crd::to_json(report), HasSubstr(R"("latency":{"read":{"requests":100,"p50_ms":)"));
}

TEST_F(CrdFindings, MissingObjectsAreOrdinary) {
    repeat(300, seconds{2}, {.status = kNotFound});
    EXPECT_THAT(told_, IsEmpty());
    EXPECT_EQ(reports().at(0).budget_left, 1);
}

}  // namespace
}  // namespace redshank
