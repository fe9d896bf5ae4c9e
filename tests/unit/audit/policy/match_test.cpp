// A hand-written table of rules by requests, from the documentation in apiserver pkg/audit/policy/checker.go.
#include <gtest/gtest.h>

#include "tests/unit/audit/policy/policies.h"

namespace redshank::audit::policy {
namespace {

using test::policy_of;
using test::TestRequest;

// The requests, one for each column of the table.
const char* const kRequests[] = {
    /* a */ "alice[dev,system:authenticated] get /api/v1/namespaces/shop/pods/web",
    /* b */ "alice[dev,system:authenticated] list /api/v1/namespaces/shop/pods",
    /* c */ "alice[dev,system:authenticated] watch /api/v1/pods",
    /* d */ "alice[dev,system:authenticated] create /api/v1/namespaces/shop/pods",
    /* e */ "bob get /api/v1/namespaces/shop/pods/web/log",
    /* f */ "bob create /api/v1/namespaces/shop/pods/web/exec",
    /* g */ "bob get /api/v1/namespaces/shop/pods/web/exec",
    /* h */ "bob get /api/v1/namespaces/shop/pods/web/proxy/metrics",
    /* i */ "- get /api/v1/namespaces/shop/secrets/db",
    /* j */
    "system:serviceaccount:ci:bot[system:serviceaccounts,system:serviceaccounts:ci] get "
    "/api/v1/namespaces/shop/secrets/db",
    /* k */ "bob delete /api/v1/namespaces/kube-system",
    /* l */ "bob create /api/v1/namespaces",
    /* m */ "bob update /api/v1/namespaces/shop/status",
    /* n */ "bob update /api/v1/namespaces/shop/finalize",
    /* o */ "bob patch /apis/apps/v1/namespaces/shop/deployments/web",
    /* p */ "bob update /apis/apps/v1/namespaces/shop/deployments/web/scale",
    /* q */ "bob update /apis/apps/v1/namespaces/shop/deployments/web/status",
    /* r */ "bob create /apis/rbac.authorization.k8s.io/v1/clusterrolebindings",
    /* s */ "bob deletecollection /api/v1/namespaces/shop/configmaps",
    /* t */ "bob create /api/v1/namespaces/ci/serviceaccounts/bot/token",
    /* u */ "bob get /healthz",
    /* v */ "bob get /healthz/etcd",
    /* w */ "bob post /metrics",
    /* x */ "bob get /apis/apps/v1",
    /* y */ "bob get /api",
    /* z */ "system:anonymous[system:unauthenticated] get /version",
    /* A */ "bob update /apis/acme.io/v1/namespaces/shop/widgets/one/status",
    /* B */ "bob \"\" /api/v1/namespaces/shop/pods/web",
};
constexpr size_t kColumns = std::size(kRequests);

struct Row {
    const char* rule;     // without its level
    const char* matches;  // one character for each column: its letter for a match, or a dot
};
// clang-format off
const Row kRows[] = {
    {"",                                                                   "abcdefghijklmnopqrstuvwxyzAB"},
    {"users: [alice]",                                                     "abcd........................"},
    {"users: [alice, bob]",                                                "abcdefgh..klmnopqrstuvwxy.AB"},
    {"users: [\"*\"]",                                                     "............................"},
    {"users: [\"\"]",                                                      "............................"},
    {"users: [Alice]",                                                     "............................"},
    {"users: [\"system:serviceaccount:ci:bot\"]",                          ".........j.................."},
    {"users: [\"system:anonymous\"]",                                      ".........................z.."},
    {"userGroups: [dev]",                                                  "abcd........................"},
    {"userGroups: [dev, \"system:serviceaccounts:ci\"]",                   "abcd.....j.................."},
    {"userGroups: [\"system:serviceaccounts\"]",                           ".........j.................."},
    {"userGroups: [\"system:unauthenticated\"]",                           ".........................z.."},
    {"users: [alice], userGroups: [dev]",                                  "abcd........................"},
    {"users: [bob], userGroups: [dev]",                                    "............................"},
    {"verbs: [get]",                                                       "a...e.ghij..........uv.xyz.."},
    {"verbs: [get, list, watch]",                                          "abc.e.ghij..........uv.xyz.."},
    {"verbs: [create]",                                                    "...d.f.....l.....r.t........"},
    {"verbs: [\"*\"]",                                                     "............................"},
    {"verbs: [GET]",                                                       "............................"},
    {"verbs: [post]",                                                      "......................w....."},
    {"verbs: [\"\"]",                                                      "...........................B"},
    {"verbs: [deletecollection]",                                          "..................s........."},
    {"verbs: [delete]",                                                    "..........k................."},
    {"verbs: [update, patch]",                                             "............mnopq.........A."},
    {"resources: [{group: \"\"}]",                                         "abcdefghijklmn....st.......B"},
    {"resources: [{}]",                                                    "abcdefghijklmn....st.......B"},
    {"resources: [{group: apps}]",                                         "..............opq..........."},
    {"resources: [{group: \"*\"}]",                                        "abcdefghijklmnopqrst......AB"},
    {"resources: [{group: \"*\", resources: [\"*/status\"]}]",             "............m...q.........A."},
    {"resources: [{group: \"*\", resources: [deployments]}]",              "..............o............."},
    {"resources: [{group: acme.io}]",                                      "..........................A."},
    {"resources: [{group: io}]",                                           "............................"},
    {"resources: [{group: \"\", resources: [pods]}]",                      "abcd.......................B"},
    {"resources: [{group: \"\", resources: [pods/log]}]",                  "....e......................."},
    {"resources: [{group: \"\", resources: [pods/exec]}]",                 ".....fg....................."},
    {"resources: [{group: \"\", resources: [pods/proxy]}]",                ".......h...................."},
    {"resources: [{group: \"\", resources: [pods/metrics]}]",              "............................"},
    {"resources: [{group: \"\", resources: [pods/x]}]",                    "............................"},
    {"resources: [{group: \"\", resources: [\"pods/*\"]}]",                "abcdefgh...................B"},
    {"resources: [{group: \"\", resources: [\"*/log\"]}]",                 "....e......................."},
    {"resources: [{group: \"\", resources: [\"*/exec\"]}]",                ".....fg....................."},
    {"resources: [{group: \"\", resources: [\"*\"]}]",                     "abcdefghijklmn....st.......B"},
    {"resources: [{group: \"\", resources: [\"*/*\"]}]",                   "............................"},
    {"resources: [{group: \"\", resources: [\"*/\"]}]",                    "............................"},
    {"resources: [{group: \"\", resources: [\"pod*\"]}]",                  "............................"},
    {"resources: [{group: \"\", resources: [pod]}]",                       "............................"},
    {"resources: [{group: \"\", resources: [Pods]}]",                      "............................"},
    {"resources: [{group: \"\", resources: [\"\"]}]",                      "............................"},
    {"resources: [{group: apps, resources: [pods]}]",                      "............................"},
    {"resources: [{group: apps, resources: [deployments]}]",               "..............o............."},
    {"resources: [{group: apps, resources: [deployments/scale]}]",         "...............p............"},
    {"resources: [{group: apps, resources: [\"*/scale\", \"*/status\"]}]", "...............pq..........."},
    {"resources: [{group: apps, resources: [\"deployments/*\"]}]",         "..............opq..........."},
    {"resources: [{group: \"\", resources: [secrets]}]",                   "........ij.................."},
    {"resources: [{group: \"\", resources: [secrets, configmaps]}]",       "........ij........s........."},
    {"resources: [{resources: [secrets]}]",                                "........ij.................."},
    {"resources: [{group: \"\", resources: [serviceaccounts]}]",           "............................"},
    {"resources: [{group: \"\", resources: [serviceaccounts/token]}]",     "...................t........"},
    {"resources: [{group: \"\", resources: [namespaces]}]",                "..........kl................"},
    {"resources: [{group: \"\", resources: [\"namespaces/*\"]}]",          "..........klmn.............."},
    {"resources: [{group: \"\", resources: [namespaces/finalize]}]",       ".............n.............."},
    {"resources: [{group: \"\", resources: [secrets]}, {group: apps}]",    "........ij....opq..........."},
    {"resources: [{group: rbac.authorization.k8s.io, resources: [clusterrolebindings]}]",
                                                                           ".................r.........."},
    {"resources: [{group: \"\", resources: [pods], resourceNames: [web]}]",
                                                                           "a..........................B"},
    {"resources: [{group: \"\", resources: [pods], resourceNames: [\"\"]}]",
                                                                           ".bcd........................"},
    {"resources: [{group: \"\", resources: [\"pods/*\"], resourceNames: [web]}]",
                                                                           "a...efgh...................B"},
    {"resources: [{group: \"\", resources: [\"*\"], resourceNames: [db, bot]}]",
                                                                           "........ij.........t........"},
    {"resources: [{group: \"\", resources: [secrets], resourceNames: [\"d*\"]}]",
                                                                           "............................"},
    {"resources: [{group: \"\", resources: [namespaces], resourceNames: [kube-system]}]",
                                                                           "..........k................."},
    {"namespaces: [shop]",                                                 "ab.defghij..mnopq.s.......AB"},
    {"namespaces: [kube-system]",                                          "..........k................."},
    {"namespaces: [\"\"]",                                                 "..c........l.....r.........."},
    {"namespaces: [\"\", ci]",                                             "..c........l.....r.t........"},
    {"namespaces: [\"sh*\"]",                                              "............................"},
    {"namespaces: [shop], verbs: [get]",                                   "a...e.ghij.................."},
    {"namespaces: [shop], resources: [{group: \"\", resources: [pods]}]",  "ab.d.......................B"},
    {"namespaces: [shop], resources: [{group: \"\", resources: [namespaces]}]",
                                                                           "............................"},
    {"namespaces: [shop], resources: [{group: \"\", resources: [\"namespaces/*\"]}]",
                                                                           "............mn.............."},
    {"namespaces: [\"\"], resources: [{group: \"\", resources: [namespaces]}]",
                                                                           "...........l................"},
    {"namespaces: [kube-system], resources: [{group: \"\", resources: [namespaces]}]",
                                                                           "..........k................."},
    {"nonResourceURLs: [\"*\"]",                                           "....................uvwxyz.."},
    {"nonResourceURLs: [/healthz]",                                        "....................u......."},
    {"nonResourceURLs: [\"/healthz*\"]",                                   "....................uv......"},
    {"nonResourceURLs: [\"/healthz/*\"]",                                  ".....................v......"},
    {"nonResourceURLs: [\"/api*\"]",                                       ".......................xy..."},
    {"nonResourceURLs: [\"/api/*\"]",                                      "............................"},
    {"nonResourceURLs: [\"/apis/*\"]",                                     ".......................x...."},
    {"nonResourceURLs: [/api/v1/namespaces/shop/pods/web]",                "............................"},
    {"nonResourceURLs: [\"/*\"]",                                          "....................uvwxyz.."},
    {"nonResourceURLs: [/version, /metrics]",                              "......................w..z.."},
    {"nonResourceURLs: [/metrics], verbs: [create]",                       "............................"},
    {"nonResourceURLs: [/metrics], verbs: [post]",                         "......................w....."},
    {"nonResourceURLs: [\"*\"], users: [bob]",                             "....................uvwxy..."},
    {"nonResourceURLs: [\"*\"], userGroups: [\"system:unauthenticated\"]", ".........................z.."},
};
// clang-format on

TEST(PolicyMatch, IsWhatTheTableSays) {
    static_assert(std::size(kRows) * kColumns >= 400);
    std::vector<TestRequest> requests(std::begin(kRequests), std::end(kRequests));
    for (const auto& [rule, expected] : kRows) {
        ASSERT_EQ(std::string(expected).size(), kColumns) << rule;
        const std::string text = *rule == '\0' ? "" : std::string(", ") + rule;
        const Policy policy = policy_of({"{level: Metadata" + text + "}"});
        for (size_t i = 0; i < kColumns; ++i) {
            EXPECT_EQ(matches(policy.rules[0], requests[i].request), expected[i] != '.') << rule << "\n"
                                                                                         << kRequests[i];
        }
    }
}

TEST(PolicyMatch, TheFirstRuleDecidesAndNoneMeansNone) {
    const Policy policy = policy_of({"{level: None, verbs: [get, list, watch]}",
                                     "{level: Metadata, resources: [{group: \"\", resources: [secrets]}]}",
                                     "{level: RequestResponse, users: [bob]}"});
    const struct {
        const char* request;
        Level level;
        size_t line;
    } cases[] = {
        {"bob get /api/v1/namespaces/shop/secrets/db", Level::None, 4},
        {"bob create /api/v1/namespaces/shop/secrets", Level::Metadata, 5},
        {"bob create /api/v1/namespaces/shop/pods", Level::RequestResponse, 6},
        {"alice create /api/v1/namespaces/shop/pods", Level::None, 0},
        {"- get /api/v1/pods", Level::None, 4},
    };
    for (const auto& [line, level, deciding] : cases) {
        const TestRequest request(line);
        const Decision decision = decide(policy, request.request);
        EXPECT_EQ(decision.level, level) << line;
        EXPECT_EQ(decision.line(), deciding) << line;
    }
}

TEST(PolicyMatch, StagesOfPolicyAndRuleAreOmittedTogether) {
    const Policy policy = policy_of({"{level: Request, verbs: [get], omitStages: [ResponseStarted]}",
                                     "{level: Metadata, verbs: [list]}", "{level: None, verbs: [watch]}"},
                                    "omitStages: [RequestReceived]\n");
    const struct {
        const char* verb;
        Stage stage;
        bool is_kept;
    } cases[] = {
        {"get", Stage::RequestReceived, false},    {"get", Stage::ResponseStarted, false},
        {"get", Stage::ResponseComplete, true},    {"get", Stage::Panic, true},
        {"list", Stage::RequestReceived, false},   {"list", Stage::ResponseStarted, true},
        {"watch", Stage::ResponseComplete, false}, {"create", Stage::ResponseComplete, false},
    };
    for (const auto& [verb, stage, is_kept] : cases) {
        const TestRequest request(std::string("bob ") + verb + " /api/v1/pods");
        EXPECT_EQ(decide(policy, request.request).keeps(stage), is_kept) << verb << " " << to_string(stage);
    }
}

TEST(PolicyMatch, TheRuleDecidesOverManagedFieldsBeforeThePolicy) {
    const TestRequest request("bob get /api/v1/pods");
    for (const auto& [head, rule, omitted] :
         {std::tuple{"", "", false},
          {"omitManagedFields: true\n", "", true},
          {"omitManagedFields: true\n", ", omitManagedFields: false", false},
          {"", ", omitManagedFields: true", true},
          {"omitManagedFields: yes\n", "", true}}) {
        const Policy policy = policy_of({std::string("{level: RequestResponse") + rule + "}"}, head);
        EXPECT_EQ(decide(policy, request.request).omit_managed_fields, omitted) << head << rule;
    }
}

TEST(PolicyMatch, VersionsOfKubernetesAreNamed) {
    EXPECT_EQ(kubernetes_minor("1.31"), 31);
    EXPECT_EQ(kubernetes_minor("v1.24.17"), 24);
    EXPECT_EQ(kubernetes_minor("1.37"), 37);
    for (const char* wrong : {"", "1", "1.", "31", "1.23", "1.38", "2.31", "1.3x", "1.31-", "1.-31"}) {
        EXPECT_EQ(kubernetes_minor(wrong), std::nullopt) << wrong;
    }
}

}  // namespace
}  // namespace redshank::audit::policy
