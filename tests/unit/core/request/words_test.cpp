#include "core/request/words.h"
#include "core/request/done_verb.h"

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
         "changed Role shop/edit"},
        {"list", R"({"resource":"secrets","namespace":"payments"})", "listed all Secrets in payments"},
        {"list", R"({"resource":"networkpolicies","apiGroup":"networking.k8s.io"})",
         "listed all NetworkPolicies of the cluster"},
        {"watch", R"({"resource":"ingresses","apiGroup":"networking.k8s.io"})",
         "watched all Ingresses of the cluster"},
        {"list", R"({"resource":"endpoints"})", "listed all Endpoints of the cluster"},
        {"get", R"({"resource":"secrets","namespace":"shop","name":"db"})", "read Secret shop/db"},
        {"list", R"({"resource":"secrets","namespace":"shop","name":"db"})", "read Secret shop/db"},
        {"create", R"({"resource":"namespaces","namespace":"shop","name":"shop"})", "created Namespace shop"},
        {"create", R"({"resource":"pods","namespace":"shop"})", "created a Pod in shop"},
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
        {"deletecollection", R"({"resource":"pods","namespace":"shop"})", "deleted all Pods in shop"},
        {"create", R"({"resource":"ingresses","apiGroup":"networking.k8s.io","namespace":"shop"})",
         "created an Ingress in shop"},
        {"list", R"({"resource":"widgets","apiGroup":"example.com","namespace":"shop"})",
         "listed all widgets.example.com in shop"},
        {"create", R"({"resource":"widgets","apiGroup":"example.com"})",
         "created an object of widgets.example.com"},
        {"update", R"({"resource":"pods","namespace":"shop","name":"web","subresource":"status"})",
         "changed the status of Pod shop/web"},
        {"patch",
         R"({"resource":"pods","namespace":"shop","name":"web","subresource":"ephemeralcontainers"})",
         "put a debug container into Pod shop/web"},
        {"get", R"({"resource":"services","namespace":"shop","name":"web","subresource":"proxy"})",
         "sent a request through Service shop/web"},
        {"get",
         R"({"resource":"certificatesigningrequests","apiGroup":"certificates.k8s.io","name":"a","subresource":"approval"})",
         "read the approval of CertificateSigningRequest a"},
        {"create", R"({"resource":"selfsubjectrulesreviews","apiGroup":"authorization.k8s.io"})",
         "asked for all their rights"},
        {"create", R"({"resource":"selfsubjectaccessreviews","apiGroup":"authorization.k8s.io"})",
         "asked about one of their rights"},
        {"create", R"({"resource":"tokenreviews","apiGroup":"authentication.k8s.io"})",
         "asked to whom a token belongs"},
        {"create", R"({"resource":"tokenreviews","apiGroup":"example.com"})",
         "created an object of tokenreviews.example.com"},
        {"get", "", "read /version"},
        {"", "", "sent a request to /version"},
    };
    for (const auto& c : cases) {
        test::EventSpec spec{.verb = c.verb, .uri = "/version?x=secret", .object = c.object};
        const test::ParsedEvent event = spec.parsed();
        Symbols symbols;
        EXPECT_EQ(deed_words(symbols.understand(*event)), c.words);
    }
}

TEST(Words, OfAChoiceDoNotSayAll) {
    const struct {
        const char *uri, *words;
    } cases[] = {
        {"/api/v1/namespaces/shop/secrets?limit=500", "listed all Secrets in shop"},
        {"/api/v1/namespaces/shop/secrets?labelSelector=app%3Dweb", "listed Secrets in shop"},
        {"/api/v1/namespaces/shop/secrets?fieldSelector=type%3DOpaque", "listed Secrets in shop"},
    };
    for (const auto& c : cases) {
        const test::ParsedEvent event =
            test::EventSpec{
                .verb = "list", .uri = c.uri, .object = R"({"resource":"secrets","namespace":"shop"})"}
                .parsed();
        const test::Understood request(*event);
        EXPECT_EQ(deed_words(request), c.words);
    }
}

TEST(Words, OfAShellDoNotTellTheCommand) {
    const test::ParsedEvent event =
        test::EventSpec{
            .verb = "create",
            .uri = "/api/v1/namespaces/shop/pods/web/exec?command=sh&command=secret&tty=true",
            .object = R"({"resource":"pods","namespace":"shop","name":"web","subresource":"exec"})"}
            .parsed();
    const test::Understood request(*event);
    EXPECT_EQ(deed_words(request), "opened a shell in Pod shop/web");
}

// A deed that did not take place is never told as done.
TEST(Words, OfWhatBecameOfIt) {
    const struct {
        const char *decision, *status, *uri, *words;
    } cases[] = {
        {"allow", R"({"code":200})", "/x", "deleted Pod shop/web"},
        {"forbid", R"({"code":403})", "/x", "tried to delete Pod shop/web and was refused (403)"},
        {"allow", R"({"code":403,"message":"quota"})", "/x",
         "tried to delete Pod shop/web and was refused by admission (403)"},
        {"allow", R"({"code":404})", "/x", "tried to delete Pod shop/web, which failed (404)"},
        {"", R"({"code":401})", "/x", "tried to delete Pod shop/web and was refused (401)"},
        {"allow", R"({"code":200})", "/x?dryRun=All", "asked to delete Pod shop/web in a dry run"},
    };
    for (const auto& c : cases) {
        const test::ParsedEvent event =
            test::EventSpec{.verb = "delete", .uri = c.uri, .status = c.status, .decision = c.decision}
                .parsed();
        const test::Understood request(*event);
        EXPECT_EQ(outcome_words(request), c.words);
    }
}

// RBAC's own no to more rights than the author has is not admission's.
TEST(Words, OfARoleThatIsRefused) {
    constexpr const char* kEscalation =
        R"({"code":403,"message":"clusterroles.rbac.authorization.k8s.io \"b\" is forbidden: user \"alice\" is attempting to grant RBAC permissions not currently held:\n{APIGroups:[\"*\"]}"})";
    constexpr const char* kQuota = R"({"code":403,"message":"exceeded quota"})";
    const struct {
        const char *status, *words;
    } cases[] = {
        {kEscalation, "tried to create ClusterRole b and was refused more rights than its own (403)"},
        {kQuota, "tried to create ClusterRole b and was refused by admission (403)"},
        {R"({"code":403})", "tried to create ClusterRole b and was refused (403)"},
    };
    for (const auto& c : cases) {
        const test::ParsedEvent event =
            test::EventSpec{
                .verb = "create",
                .object =
                    R"({"resource":"clusterroles","name":"b","apiGroup":"rbac.authorization.k8s.io","apiVersion":"v1"})",
                .status = c.status,
                .decision = "allow"}
                .parsed();
        const test::Understood request(*event);
        EXPECT_EQ(outcome_words(request), c.words);
    }
}

// An apply that is answered 201 made its object.
TEST(Words, OfAnApplyTellWhetherItMadeSomething) {
    const struct {
        const char *verb, *status, *words;
    } cases[] = {
        {"patch", R"({"code":201})", "created Pod shop/web"},
        {"patch", R"({"code":200})", "changed Pod shop/web"},
        {"update", R"({"code":201})", "created Pod shop/web"},
        {"update", R"({"code":200})", "changed Pod shop/web"},
        {"delete", R"({"code":201})", "deleted Pod shop/web"},
    };
    for (const auto& c : cases) {
        const test::ParsedEvent event =
            test::EventSpec{.verb = c.verb, .status = c.status, .decision = "allow"}.parsed();
        const test::Understood request(*event);
        EXPECT_EQ(outcome_words(request), c.words);
    }
    EXPECT_EQ(done_verb("patch", 201), "create");
    EXPECT_EQ(done_verb("get", 201), "get");
}

// A dry run that shows what a Secret holds has taken place, whatever was stored.
TEST(Words, OfDryRunsOnSecrets) {
    const struct {
        const char *verb, *status, *words;
    } cases[] = {
        {"delete", R"({"status":"Success","code":200})", "asked to delete Secret shop/db in a dry run"},
        {"delete", R"({"code":200})", "saw Secret shop/db in the answer to a dry run"},
        {"deletecollection", R"({"code":200})", "saw Secret shop/db in the answer to a dry run"},
        {"create", R"({"code":201})", "asked to create Secret shop/db in a dry run"},
        {"patch", R"({"code":200})", "saw Secret shop/db in the answer to a dry run"},
    };
    for (const auto& c : cases) {
        const test::ParsedEvent event =
            test::EventSpec{.verb = c.verb,
                            .uri = "/x?dryRun=All",
                            .object = R"({"resource":"secrets","namespace":"shop","name":"db"})",
                            .status = c.status}
                .parsed();
        const test::Understood request(*event);
        EXPECT_EQ(outcome_words(request), c.words) << c.verb << c.status;
    }
}

TEST(Words, OfWhoCame) {
    const struct {
        const char *user, *impersonated, *words;
    } cases[] = {
        {R"({"username":"system:anonymous"})", "", "an anonymous caller (10.0.0.7)"},
        {R"({"username":"alice"})", "", "alice"},
        {R"({"username":"teleport"})", R"({"username":"bob"})", "bob, through teleport,"},
        {R"({"username":"viktor"})", R"({"username":"system:kube-scheduler"})", "viktor, as kube-scheduler,"},
    };
    for (const auto& c : cases) {
        const test::ParsedEvent event =
            test::EventSpec{.user = c.user, .impersonated = c.impersonated}.parsed();
        const test::Understood request(*event);
        EXPECT_EQ(caller_words(request, event->peer_ip()), c.words);
    }
    EXPECT_EQ(caller_words("teleport", "bob"), "bob, through teleport,");
    EXPECT_EQ(caller_words("system:node:n1", ""), "node n1");
}

TEST(Words, OfNamesCannotBeTakenForOurs) {
    const struct {
        std::string name, words;
    } cases[] = {
        {"web-7d9f.example.com", "web-7d9f.example.com"},
        {"", "\"\""},
        {"-", "\"-\""},
        {"a was refused", "\"a was refused\""},
        {"say \"x\"", "\"say 'x'\""},
        {"a\nb", "\"a\\nb\""},
        {"\u202egnp", "\"\\u202egnp\""},
        {"\u6f22\u5b57", "\u6f22\u5b57"},
        {"a..b", "\"a..b\""},
        {"a,,b", "\"a,,b\""},
        {"a--b", "\"a--b\""},
        {"a::b", "\"a::b\""},
        {"a.-b", "a.-b"},
        {"a++b", "a++b"},
        {"a(b", "\"a(b\""},
        {"a_/@=*~$%#&!?'b", "a_/@=*~$%#&!?'b"},
        {"A0z9Z", "A0z9Z"},
        {"\u6f22\u6f22\u6f22\u6f22\u6f22\u6f22\u6f22\u6f22\u6f22\u6f22\u6f22\u6f22\u6f22\u6f22\u6f22\u6f22"
         "\u6f22",
         "\u6f22\u6f22\u6f22\u6f22\u6f22\u6f22\u6f22\u6f22\u6f22\u6f22\u6f22\u6f22\u6f22\u6f22\u6f22\u6f22"
         "\u6f22"},
        {std::string(48, 'a'), std::string(48, 'a')},
        {std::string(49, 'a'), std::string(24, 'a') + "\u2026" + std::string(23, 'a')},
        {std::string(10'000, 'a') + "b", std::string(24, 'a') + "\u2026" + std::string(22, 'a') + "b"},
    };
    for (const auto& c : cases) EXPECT_EQ(name_words(c.name), c.words);
}

TEST(Words, OfGrants) {
    const struct {
        const char *reason, *words;
    } cases[] = {
        {R"(RBAC: allowed by RoleBinding "tmp/shop" of ClusterRole "edit" to Group "dev")",
         "RoleBinding tmp gives edit to group dev"},
        {R"(RBAC: allowed by ClusterRoleBinding "open" of ClusterRole "view" to Group "system:unauthenticated")",
         "ClusterRoleBinding open gives view to unauthenticated users"},
        {R"(RBAC: allowed by ClusterRoleBinding "open" of ClusterRole "view" to Group "system:authenticated")",
         "ClusterRoleBinding open gives view to everyone who logs in"},
        {R"(RBAC: allowed by ClusterRoleBinding "o" of ClusterRole "v" to Group "system:serviceaccounts:ci")",
         "ClusterRoleBinding o gives v to all service accounts in ci"},
        {R"(RBAC: allowed by RoleBinding "r/shop" of Role "v" to ServiceAccount "bot/ci")",
         "RoleBinding r gives v to service account ci/bot"},
        {R"(RBAC: allowed by RoleBinding "r/shop" of Role "v" to User "system:anonymous")",
         "RoleBinding r gives v to anonymous callers"},
    };
    for (const auto& c : cases) EXPECT_EQ(grant_words(*audit::parse_grant(c.reason)), c.words);
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
