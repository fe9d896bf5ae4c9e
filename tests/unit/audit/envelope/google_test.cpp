#include "audit/envelope/google.h"

#include <gmock/gmock.h>

#include "audit/event_parser.h"

namespace redshank::audit {
namespace {

struct Entry {
    std::string method = "io.k8s.core.v1.secrets.get", resource = "core/v1/namespaces/shop/secrets/db";
    std::string rights = R"([{"granted":true}])", status = R"("status":{},)", response, labels = "{}";
    std::string operation = R"({"id":"op","first":true,"last":true})", service = R"("serviceName":"k8s.io",)";
};

std::string text_of(const Entry& entry) {
    return R"({"insertId":"ins","timestamp":"2026-01-05T10:00:00.5Z","labels":)" + entry.labels +
           R"(,"operation":)" + entry.operation +
           R"(,"resource":{"labels":{"cluster_name":"c"}},"protoPayload":{)" + entry.service + entry.status +
           R"("authenticationInfo":{"principalEmail":"ann \"x\""},"methodName":")" + entry.method +
           R"(","resourceName":")" + entry.resource + R"(","authorizationInfo":)" + entry.rights +
           entry.response +
           R"(,"requestMetadata":{"callerIp":"192.0.2.1","callerSuppliedUserAgent":"kubectl/v1"}}})";
}

class Google : public testing::Test {
  protected:
    // The event of an entry; stays until the next.
    const Event& event(const Entry& entry) {
        std::string text = text_of(entry);
        const size_t size = text.size();
        text.append(kPadding, '\0');
        json_ = google_event(std::string_view(text).substr(0, size));
        const size_t json_size = json_.size();
        json_.append(kPadding, '\0');
        EXPECT_EQ(parser_.parse(std::string_view(json_).substr(0, json_size), event_), ParseError::None)
            << json_;
        return event_;
    }

  private:
    EventParser parser_;
    std::string json_;
    Event event_;
};

TEST_F(Google, EveryFieldThatTheRecordCarries) {
    const Event& one =
        event({.labels = R"({"authorization.k8s.io/decision":"allow","authorization.k8s.io/reason":"r"})"});
    EXPECT_EQ(one.audit_id, "op");
    EXPECT_EQ(one.verb, "get");
    EXPECT_EQ(one.user.username, "ann \"x\"");
    EXPECT_EQ(one.peer_ip(), "192.0.2.1");
    EXPECT_EQ(one.user_agent, "kubectl/v1");
    EXPECT_EQ(one.request_uri, "/api/v1/namespaces/shop/secrets/db");
    EXPECT_EQ(one.object.resource, "secrets");
    EXPECT_EQ(one.object.namespace_, "shop");
    EXPECT_EQ(one.object.name, "db");
    EXPECT_EQ(one.object.api_group, "");
    EXPECT_EQ(one.object.api_version, "v1");
    EXPECT_EQ(one.stage, Stage::ResponseComplete);
    EXPECT_EQ(one.stage_time, parse_time("2026-01-05T10:00:00.5Z"));
    EXPECT_EQ(one.decision, "allow");
    EXPECT_EQ(one.reason, "r");
    EXPECT_EQ(one.response.code, 200);
    EXPECT_EQ(one.level, Level::Metadata);
    EXPECT_EQ(one.annotation(kReconstructed), "google.cloud.audit.AuditLog");
    EXPECT_TRUE(one.user.groups.empty());  // never guessed
}

TEST_F(Google, ADenialStaysADenial) {
    const struct {
        Entry entry;
        const char* decision;
        int code;
    } kCases[] = {
        {{.rights = R"([{"granted":false}])", .status = R"("status":{"code":7,"message":"Forbidden"},)"},
         "forbid",
         403},
        {{.rights = R"([{"granted":false}])", .status = ""}, "forbid", 403},
        {{.rights = R"([{"granted":true},{"granted":false}])", .status = R"("status":{},)"}, "forbid", 403},
        {{.rights = "[{}]", .status = R"("status":{"code":7},)"}, "", 403},
        {{.rights = "[{}]", .status = ""}, "", 0},
        {{.rights = "[{}]", .status = "", .labels = R"({"authorization.k8s.io/decision":"forbid"})"},
         "forbid",
         403},
        {{.rights = "[]", .status = R"("status":{"code":16},)"}, "", 401},
        {{.rights = R"([{"granted":true}])", .status = R"("status":{"code":5},)"}, "allow", 404},
        {{.rights = R"([{"granted":true}])", .status = R"("status":{"code":99},)"}, "allow", 500},
        {{.rights = R"([{"granted":true}])", .status = ""}, "allow", 200},
        {{.rights = "[{}]",
          .status = R"("status":{"code":10},)",
          .response = R"(,"response":{"@type":"core.k8s.io/v1.Status","code":409,"reason":"AlreadyExists"})"},
         "",
         409},
        // An object of a client that calls itself a status further inside is none.
        {{.status = R"("status":{"code":7},)",
          .response = R"(,"response":{"x":{"kind":"Status","code":200}})"},
         "allow",
         403},
    };
    for (const auto& one : kCases) {
        SCOPED_TRACE(text_of(one.entry));
        const Event& got = event(one.entry);
        EXPECT_EQ(got.decision, one.decision);
        EXPECT_EQ(got.response.code, one.code);
    }
}

TEST_F(Google, NamesOfResources) {
    const struct {
        const char *method, *resource, *uri, *group, *what, *space, *name, *sub;
    } kCases[] = {
        {"io.k8s.core.v1.secrets.list", "core/v1/secrets", "/api/v1/secrets", "", "secrets", "", "", ""},
        {"io.k8s.core.v1.pods.exec.create", "core/v1/namespaces/a/pods/b/exec",
         "/api/v1/namespaces/a/pods/b/exec", "", "pods", "a", "b", "exec"},
        {"io.k8s.authorization.rbac.v1.clusterrolebindings.create",
         "rbac.authorization.k8s.io/v1/clusterrolebindings/x",
         "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings/x", "rbac.authorization.k8s.io",
         "clusterrolebindings", "", "x", ""},
        {"io.k8s.core.v1.namespaces.delete", "core/v1/namespaces/a", "/api/v1/namespaces/a", "", "namespaces",
         "a", "a", ""},
        {"io.k8s.core.v1.namespaces.finalize.update", "core/v1/namespaces/a/finalize",
         "/api/v1/namespaces/a/finalize", "", "namespaces", "a", "a", "finalize"},
        {"io.k8s.get", "readyz", "/readyz", "", "", "", "", ""},
    };
    for (const auto& one : kCases) {
        SCOPED_TRACE(one.resource);
        const Event& got = event({.method = one.method, .resource = one.resource});
        EXPECT_EQ(got.request_uri, one.uri);
        EXPECT_EQ(got.object.present, *one.what != '\0');
        EXPECT_EQ(got.object.api_group, one.group);
        EXPECT_EQ(got.object.resource, one.what);
        EXPECT_EQ(got.object.namespace_, one.space);
        EXPECT_EQ(got.object.name, one.name);
        EXPECT_EQ(got.object.subresource, one.sub);
    }
    EXPECT_EQ(event({.operation = R"({"first":true})"}).stage, Stage::ResponseStarted);
    EXPECT_EQ(event({.operation = R"({"first":true})"}).audit_id, "ins");
}

TEST_F(Google, OtherRecordsAreNone) {
    const auto made = [](const std::string& json) {
        std::string text = json;
        text.append(kPadding, '\0');
        return google_event(std::string_view(text).substr(0, json.size()));
    };
    EXPECT_NE(made(text_of({.service = ""})), "");
    EXPECT_EQ(made(text_of({.service = R"("serviceName":"compute.googleapis.com",)"})), "");
    EXPECT_EQ(made(text_of({.method = "google.container.v1.ClusterManager.GetCluster"})), "");
    EXPECT_EQ(made(R"({"requestObject":)" + text_of({}) + "}"), "");
    EXPECT_EQ(made("{"), "");
}

}  // namespace
}  // namespace redshank::audit
