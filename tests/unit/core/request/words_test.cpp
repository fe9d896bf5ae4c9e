#include "core/request/words.h"

#include <gtest/gtest.h>

#include "core/request/kind.h"
#include "tests/support/events.h"

namespace redshank {
namespace {

std::string actor(const std::string& user) {
    const test::ParsedEvent event = test::EventSpec{.user = user}.parsed();
    return actor_words(actor_from(event->user));
}

TEST(Words, OfWho) {
    const struct {
        const char *user, *words;
    } cases[] = {
        {R"({"username":"alice"})", "alice"},
        {R"({"username":"system:serviceaccount:ci:deployer"})", "service account ci/deployer"},
        {R"({"username":"system:node:worker-3","groups":["system:nodes"]})", "node worker-3"},
        {R"({"username":"system:anonymous"})", "an anonymous caller"},
        {R"({"username":"system:kube-scheduler"})", "kube-scheduler"},
        {R"({"username":"system:serviceaccount:kube-system:job-controller"})", "controller job-controller"},
        {R"({"username":"system:bootstrap:07401b"})", "bootstrap token 07401b"},
        {"{}", "somebody whom the server does not know"},
        {R"({"username":"system:kube-evil"})", "system:kube-evil"},
    };
    for (const auto& c : cases) EXPECT_EQ(actor(c.user), c.words);
}

TEST(Words, OfDeeds) {
    const struct {
        const char *verb, *object, *words;
    } cases[] = {
        {"patch",
         R"({"resource":"roles","apiGroup":"rbac.authorization.k8s.io","namespace":"shop","name":"edit"})",
         "patched Role shop/edit"},
        {"list", R"({"resource":"secrets","namespace":"payments"})", "listed Secrets in payments"},
        {"list", R"({"resource":"networkpolicies","apiGroup":"networking.k8s.io"})",
         "listed NetworkPolicies"},
        {"watch", R"({"resource":"ingresses","apiGroup":"networking.k8s.io"})", "watched Ingresses"},
        {"list", R"({"resource":"endpoints"})", "listed Endpoints"},
        {"get", R"({"resource":"secrets","namespace":"shop","name":"db"})", "read Secret shop/db"},
        {"list", R"({"resource":"secrets","namespace":"shop","name":"db"})", "listed Secret shop/db"},
        {"create", R"({"resource":"namespaces","namespace":"shop","name":"shop"})", "created Namespace shop"},
        {"create", R"({"resource":"pods","namespace":"shop"})", "created Pod in shop"},
        {"get", R"({"resource":"pods","namespace":"shop","name":"web","subresource":"exec"})",
         "ran a command in Pod shop/web"},
        {"create", R"({"resource":"serviceaccounts","namespace":"ci","name":"bot","subresource":"token"})",
         "asked for a token of ServiceAccount ci/bot"},
        {"get",
         R"({"resource":"deployments","apiGroup":"apps","namespace":"shop","name":"web","subresource":"scale"})",
         "read Deployment shop/web"},
        {"patch",
         R"({"resource":"deployments","apiGroup":"apps","namespace":"shop","name":"web","subresource":"scale"})",
         "scaled Deployment shop/web"},
        {"update", R"({"resource":"widgets","apiGroup":"example.com","namespace":"shop","name":"a"})",
         "changed widgets.example.com shop/a"},
        {"get", "", "read /version"},
    };
    for (const auto& c : cases) {
        test::EventSpec spec{.verb = c.verb, .uri = "/version?x=secret", .object = c.object};
        const test::ParsedEvent event = spec.parsed();
        Symbols symbols;
        EXPECT_EQ(deed_words(symbols.understand(*event)), c.words);
    }
}

TEST(Kinds, BelongToAGroup) {
    EXPECT_EQ(kind_of("rbac.authorization.k8s.io", "roles"), "Role");
    EXPECT_EQ(kind_of("example.com", "roles"), "");
    EXPECT_EQ(kind_of("events.k8s.io", "events"), "Event");
    EXPECT_EQ(kind_of("", "events"), "Event");
    EXPECT_EQ(kind_of("", "zzz"), "");
}

}  // namespace
}  // namespace redshank
