// Reconstructs from events the requests that the policy saw: pkg/endpoints/request/requestinfo.go.
#include <gtest/gtest.h>

#include "tests/support/corpus.h"
#include "tests/support/events.h"
#include "tests/unit/audit/policy/policies.h"

namespace redshank::audit::policy {
namespace {

using redshank::test::EventSpec;

TEST(PolicyRequest, PathsAreReadAsTheServerReadsThem) {
    const struct {
        const char* path;
        const char* expected;  // group|namespace|resource|name|subresource, "" when it is no resource
    } cases[] = {
        {"/api/v1/namespaces/shop/pods/web", "|shop|pods|web|"},
        {"/api/v1/namespaces/shop/pods", "|shop|pods||"},
        {"/api/v1/pods", "||pods||"},
        {"/api/v1/pods/", "||pods||"},
        {"//api/v1/pods", "||pods||"},
        {"/api/v1/nodes/n1", "||nodes|n1|"},
        {"/api/v1/nodes/n1/proxy/pods", "||nodes|n1|proxy"},
        {"/api/v1/namespaces", "||namespaces||"},
        {"/api/v1/namespaces/shop", "|shop|namespaces|shop|"},
        {"/api/v1/namespaces/shop/status", "|shop|namespaces|shop|status"},
        {"/api/v1/namespaces/shop/finalize", "|shop|namespaces|shop|finalize"},
        {"/api/v1/namespaces/shop/status/x", "|shop|namespaces|shop|status"},
        {"/apis/apps/v1/namespaces/shop/deployments/web/scale", "apps|shop|deployments|web|scale"},
        {"/apis/apps/v1/deployments", "apps||deployments||"},
        {"/api/v1/watch/pods", "||pods||"},
        {"/api/v1/watch/namespaces/shop/pods/web", "|shop|pods|web|"},
        {"/api/v1/proxy/namespaces/shop/pods/web/metrics", "|shop|pods|web|"},
        {"/api/v1/namespaces/shop/pods/web/proxy/a/b", "|shop|pods|web|proxy"},
        {"/api/v1//secrets", "|||secrets|"},
        {"/api/v1", ""},
        {"/api", ""},
        {"/", ""},
        {"", ""},
        {"/apis/apps/v1", ""},
        {"/apis/apps", ""},
        {"/healthz/a/b/c", ""},
        {"/apis2/a/b/c", ""},
    };
    for (const auto& [path, expected] : cases) {
        Request request;
        read_path(path, request);
        const std::string found = request.is_resource
                                      ? request.group + "|" + request.namespace_ + "|" + request.resource +
                                            "|" + request.name + "|" + request.subresource
                                      : "";
        EXPECT_EQ(found, expected) << path;
    }
}

TEST(PolicyRequest, NamesComeFromTheUrlAndFromFieldSelectors) {
    const struct {
        const char *verb, *uri, *object, *name;
    } cases[] = {
        // The server took the name from the body after the policy had decided.
        {"create", "/api/v1/namespaces/shop/pods", R"({"resource":"pods","namespace":"shop","name":"web"})",
         ""},
        {"create", "/api/v1/namespaces/shop/pods/web/exec?command=sh",
         R"({"resource":"pods","namespace":"shop","name":"web","subresource":"exec"})", "web"},
        {"list", "/api/v1/namespaces/shop/secrets?fieldSelector=metadata.name%3Ddb",
         R"({"resource":"secrets","namespace":"shop","name":"db"})", "db"},
        {"watch", "/api/v1/secrets?watch=1&fieldSelector=metadata.name%3Ddb",
         R"({"resource":"secrets","name":"db"})", "db"},
        {"get", "/api/v1/namespaces/shop/pods/a%20b", R"({"resource":"pods","name":"a b"})", "a b"},
        {"get", "/api/v1/namespaces/shop/pods/a+b", R"({"resource":"pods","name":"a+b"})", "a+b"},
        {"get", "", R"({"resource":"pods","namespace":"shop","name":"web"})", "web"},
        {"create", "", R"({"resource":"pods","namespace":"shop","name":"web"})", ""},
        {"create", "", R"({"resource":"pods","namespace":"shop","name":"web","subresource":"exec"})", "web"},
    };
    for (const auto& [verb, uri, object, name] : cases) {
        EventSpec spec;
        spec.verb = verb;
        spec.uri = uri;
        spec.object = object;
        const auto event = spec.parsed();
        EXPECT_EQ(request_of(*event).name, name) << uri << object;
        EXPECT_TRUE(request_of(*event).is_resource);
    }
}

TEST(PolicyRequest, AFailedLoginHasNoUserAndTheRealUserCountsOfARole) {
    EventSpec spec;
    spec.user = "{}";
    EXPECT_FALSE(request_of(*spec.parsed()).has_user);
    EventSpec role;
    role.impersonated = R"({"username":"root"})";
    const auto event = role.parsed();
    EXPECT_TRUE(request_of(*event).has_user);
    EXPECT_EQ(request_of(*event).user, "alice");
    EXPECT_EQ(request_of(*event).groups, (std::vector<std::string_view>{"dev", "system:authenticated"}));
}

TEST(PolicyRequest, OfAShortenedEventObjectRefTells) {
    EventSpec spec;
    spec.is_shortened = true;
    spec.uri = "/api/v1/namesp";
    const Request request = request_of(*spec.parsed());
    EXPECT_TRUE(request.is_resource);
    EXPECT_EQ(request.resource + request.namespace_ + request.name, "podsshopweb");
}

// Compares the parsed path of every recorded event with objectRef, which the server parsed from the same
// path.
TEST(PolicyRequest, ThePathSaysWhatObjectRefSays) {
    NEEDS_SHARED("corpus/lifecycle/odd");
    const auto corpus = redshank::test::shared_dir() / "corpus";
    size_t events = 0;
    for (const char* log : {"benign-allstages/audit.log.zst", "attacks-dev/audit.log.zst",
                            "crd-failures/audit.log.zst", "lifecycle/odd/audit.log.zst"}) {
        redshank::test::Log(corpus / log).each_event([&](const Event& event, uint64_t) {
            ++events;
            const Request request = request_of(event);
            const std::string where = std::string(log) + " " + std::string(event.audit_id);
            ASSERT_EQ(request.is_resource, event.object.present) << where;
            EXPECT_EQ(request.group, event.object.api_group) << where;
            EXPECT_EQ(request.resource, event.object.resource) << where;
            EXPECT_EQ(request.subresource, event.object.subresource) << where;
            EXPECT_EQ(request.namespace_, event.object.namespace_) << where;
            // The name of a create may come from the body.
            EXPECT_TRUE(request.name == event.object.name || event.verb == "create") << where;
        });
    }
    EXPECT_GT(events, 47'000U);
}

}  // namespace
}  // namespace redshank::audit::policy
