#include "detectors/secrets/access.h"

#include <gtest/gtest.h>

#include "detectors/secrets/protection.h"
#include "tests/support/events.h"

namespace redshank::secrets {
namespace {

using test::EventSpec;

struct Case {
    std::string name, verb, uri, object, status;
    std::string scope;  // "" when the request is not about Secrets
    bool discloses;
};

class SecretAccess : public ::testing::TestWithParam<Case> {};

TEST_P(SecretAccess, ScopeAndDisclosure) {
    const Case& c = GetParam();
    const auto event =
        EventSpec{.verb = c.verb, .uri = c.uri, .object = c.object, .status = c.status}.parsed();
    const auto scope = secret_scope(*event);
    EXPECT_EQ(scope ? scope->to_string() : "", c.scope);
    if (scope) {
        EXPECT_EQ(discloses_secret(*event), c.discloses);
    }
}

constexpr auto kOk = R"({"metadata":{},"code":200})";
constexpr auto kOne = R"({"resource":"secrets","namespace":"shop","name":"db","apiVersion":"v1"})";
constexpr auto kAll = R"({"resource":"secrets","namespace":"shop","apiVersion":"v1"})";
constexpr auto kCluster = R"({"resource":"secrets","apiVersion":"v1"})";

INSTANTIATE_TEST_SUITE_P(
    All, SecretAccess,
    ::testing::Values(
        Case{"get", "get", "/api/v1/namespaces/shop/secrets/db", kOne, kOk, "shop/db", true},
        Case{"list", "list", "/api/v1/namespaces/shop/secrets?limit=5", kAll, kOk, "shop/*", true},
        Case{"list_everywhere", "list", "/api/v1/secrets", kCluster, kOk, "*/*", true},
        Case{"watch", "watch", "/api/v1/secrets?watch=1", kCluster, kOk, "*/*", true},
        Case{"list_one_by_field", "list", "/api/v1/namespaces/shop/secrets?fieldSelector=metadata.name%3Ddb",
             kOne, kOk, "shop/db", true},
        Case{"namespace_by_field", "list",
             "/api/v1/secrets?fieldSelector=metadata.namespace%3Dshop%2Ctype%3DOpaque", kCluster, kOk,
             "shop/*", true},
        Case{"patch", "patch", "/api/v1/namespaces/shop/secrets/db", kOne, kOk, "shop/db", true},
        Case{"dry_run_patch", "patch", "/api/v1/namespaces/shop/secrets/db?dryRun=All", kOne, kOk, "shop/db",
             true},
        Case{"apply_of_what_was_not_there", "patch", "/api/v1/namespaces/shop/secrets/db", kOne,
             R"({"metadata":{},"code":201})", "shop/db", false},
        Case{"update", "update", "/api/v1/namespaces/shop/secrets/db", kOne, kOk, "shop/db", true},
        Case{"deletecollection", "deletecollection", "/api/v1/namespaces/shop/secrets", kAll, kOk, "shop/*",
             true},
        Case{"create_shows_what_was_sent", "create", "/api/v1/namespaces/shop/secrets", kOne,
             R"({"metadata":{},"code":201})", "shop/db", false},
        Case{"delete_answers_with_a_status", "delete", "/api/v1/namespaces/shop/secrets/db", kOne,
             R"({"metadata":{},"status":"Success","details":{"name":"db","kind":"secrets"},"code":200})",
             "shop/db", false},
        Case{"delete_with_finalizers_answers_with_the_object", "delete", "/api/v1/namespaces/shop/secrets/db",
             kOne, kOk, "shop/db", true},
        Case{"refused", "get", "/api/v1/namespaces/shop/secrets/db", kOne,
             R"({"metadata":{},"status":"Failure","code":403})", "shop/db", false},
        Case{"missing", "get", "/api/v1/namespaces/shop/secrets/db", kOne,
             R"({"metadata":{},"status":"Failure","code":404})", "shop/db", false},
        Case{"custom_resource_of_that_name", "get", "/apis/vault.io/v1/namespaces/shop/secrets/db",
             R"({"resource":"secrets","namespace":"shop","name":"db","apiGroup":"vault.io"})", kOk, "",
             false},
        Case{"subresource", "get", "/api/v1/namespaces/shop/secrets/db/status",
             R"({"resource":"secrets","namespace":"shop","name":"db","subresource":"status"})", kOk, "",
             false}),
    [](const auto& test) { return test.param.name; });

TEST(ProtectedGlob, TouchesWhateverMayHoldTheSecret) {
    const ProtectedGlob db{"shop", "db", nullptr}, all_db{"pay*", "db-*", nullptr};
    EXPECT_TRUE(db.touches({"shop", "db", {}}));
    EXPECT_TRUE(db.touches({"shop", "", {}}));
    EXPECT_TRUE(db.touches({"", "", {}}));
    EXPECT_TRUE(db.touches({"", "db", {}}));
    EXPECT_FALSE(db.touches({"shop", "other", {}}));
    EXPECT_FALSE(db.touches({"bank", "", {}}));
    EXPECT_FALSE(db.touches({"shop", "", {"db"}}));  // metadata.name!=db
    EXPECT_TRUE(all_db.touches({"payments", "db-root", {}}));
    EXPECT_FALSE(all_db.touches({"payments", "web", {}}));
}

}  // namespace
}  // namespace redshank::secrets
