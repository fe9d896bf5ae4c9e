// Doubtful reads in a log without configuration: each severity, and each reason for no finding.
#include <gmock/gmock.h>

#include "detectors/access/config.h"
#include "detectors/by_rule/config.h"
#include "detectors/crd/config.h"
#include "detectors/engine.h"
#include "tests/support/corpus.h"
#include "tests/support/events.h"

namespace redshank {
namespace {

using test::EventSpec;

constexpr auto kCreated = R"({"metadata":{},"code":201})";
constexpr auto kDeleted = R"({"metadata":{},"status":"Success","code":200})";
constexpr auto kBob = R"({"username":"bob","groups":["system:authenticated"]})";

std::string account(const std::string& name) {
    return R"({"username":"system:serviceaccount:)" + name + R"(","groups":["system:serviceaccounts"]})";
}

constexpr auto kTmp = R"(RBAC: allowed by RoleBinding "tmp/shop" of ClusterRole "edit" to User "bob")";
constexpr auto kOther = R"(RBAC: allowed by RoleBinding "team/shop" of ClusterRole "edit" to Group "dev")";
constexpr auto kAdmin =
    R"(RBAC: allowed by ClusterRoleBinding "boss" of ClusterRole "cluster-admin" to Group "ops")";

class SecretDoubt : public ::testing::Test {
  protected:
    SecretDoubt() { see({}, 0); }

    void see(EventSpec spec, int hour) {
        char time[64];
        std::snprintf(time, sizeof time, "2026-01-%02dT%02d:00:%02d.000000Z", 5 + hour / 24, hour % 24,
                      seconds_ % 60);
        spec.received = spec.time = time;
        spec.audit_id = "a-" + std::to_string(seconds_++);
        log_ += spec.json() + "\n";
    }
    void read(const std::string& user, const std::string& reason, int hour, const std::string& name = "db",
              const std::string& more = "", const std::string& impersonated = "") {
        see({.uri = "/api/v1/namespaces/shop/secrets/" + name,
             .user = user,
             .impersonated = impersonated,
             .object = R"({"resource":"secrets","namespace":"shop","name":")" + name + R"("})",
             .reason = reason,
             .more_annotations = more},
            hour);
    }
    void write(const std::string& verb, const std::string& author, int hour) {
        see({.verb = verb,
             .uri = "/apis/rbac.authorization.k8s.io/v1/namespaces/shop/rolebindings/tmp",
             .user = R"({"username":")" + author + R"("})",
             .object = R"({"resource":"rolebindings","namespace":"shop","name":"tmp",)"
                       R"("apiGroup":"rbac.authorization.k8s.io"})",
             .status = verb == "create"   ? kCreated
                       : verb == "delete" ? kDeleted
                                          : R"({"metadata":{},"code":200})"},
            hour);
    }
    // Something else, by which the log knows the caller.
    void work(const std::string& user, int hour, const std::string& reason = kAdmin) {
        see({.verb = "list",
             .user = user,
             .object = R"({"resource":"pods","namespace":"shop"})",
             .reason = reason},
            hour);
    }
    void birth(const std::string& object, int hour) {
        see({.verb = "create", .object = object, .status = kCreated}, hour);
    }
    std::vector<Finding> findings() const {
        DetectorConfig config;
        config.of<access::Config>().enabled = config.of<crd::Config>().enabled = false;
        config.of<by_rule::Config>().sources.packs.clear();
        return test::find_in(test::Log::of_text(log_), config);
    }
    // Each finding as "kind severity reason", in order of first report.
    std::vector<std::string> found() const {
        std::vector<std::string> all;
        for (const Finding& finding : findings()) {
            all.push_back(finding.kind + " " + std::string(to_string(finding.severity)) + " " +
                          finding.reasons.front().name);
        }
        return all;
    }

    int seconds_ = 0;
    std::string log_;
};

using All = std::vector<std::string>;

TEST_F(SecretDoubt, ColdStartIsSilent) {
    read(kBob, kAdmin, 1);
    read(account("shop:default"), kOther, 2);
    read(R"({"username":"root","groups":["system:masters"]})", "", 3);
    EXPECT_EQ(found(), All{});
}

TEST_F(SecretDoubt, AnUnlimitedGrantThatNobodyUsedBefore) {
    work(kBob, 1, kOther);
    read(kBob, kAdmin, 30);
    read(kBob, kAdmin, 31, "other");
    EXPECT_EQ(found(), All{"secret-read-unprotected high unlimited-grant"});
}

TEST_F(SecretDoubt, WhatTheReaderClaimsAboutItsAddressIsSaid) {
    work(kBob, 1, kOther);
    read(kBob, kAdmin, 30);
    const std::string_view alone = R"(["10.0.0.7"])";
    log_.replace(log_.rfind(alone), alone.size(), R"(["8.8.8.8","10.0.0.7"])");
    const auto told = findings();
    ASSERT_EQ(told.size(), 1u);
    EXPECT_EQ(told[0].reasons.front().name, "unlimited-grant");
    EXPECT_EQ(told[0].reasons.back().name, "claimed-source");
}

constexpr auto kNewGroup =
    R"(RBAC: allowed by ClusterRoleBinding "boss" of ClusterRole "cluster-admin" to Group "oidc:ops")";

// The identity provider gives everybody a new name, and the group of the binding too.
TEST_F(SecretDoubt, RenamedPeopleReadWhatTheyRead) {
    const auto named = [](const std::string& name) { return R"({"username":")" + name + R"("})"; };
    const auto all = {"ann", "bob", "eve"};
    for (const std::string name : all) read(named(name), kAdmin, 2);
    for (const std::string name : all) work(named("oidc:" + name), 40, kNewGroup);
    for (const std::string name : all) read(named("oidc:" + name), kNewGroup, 42, "other");
    EXPECT_EQ(found(), All{});
    work(named("joe"), 43, kOther);
    read(named("joe"), kNewGroup, 80, "other");
    EXPECT_EQ(found(), All{}) << "the new group is in use";
    log_.clear();
    see({}, 0);
    for (const std::string name : all) read(named(name), kAdmin, 2);
    work(named("oidc:bob"), 3, kOther);
    read(named("oidc:bob"), kNewGroup, 42, "other");
    EXPECT_EQ(found(), All{"secret-read-unprotected high unlimited-grant"}) << "one alone";
}

// What is kept for an emergency, used by who has always come from there. By who came a while ago, from
// elsewhere, as a program, or through a binding of today it is high.
TEST_F(SecretDoubt, APersonWhereHeAlwaysIs) {
    const All medium{"secret-read-unprotected medium unlimited-grant"};
    const All high{"secret-read-unprotected high unlimited-grant"};
    const auto told = [&](const std::function<void()>& between, int hour = 8 * 24,
                          const std::string& user = kBob, const std::string& ip = "10.0.0.7") {
        log_.clear();
        see({}, 0);
        const auto came = [&](int at, const std::string& from) {
            see({.verb = "list",
                 .user = user,
                 .source_ip = from,
                 .object = R"({"resource":"pods"})",
                 .reason = kOther},
                at);
        };
        came(1, "10.0.0.7");
        between();
        came(40, "10.0.0.9");  // the same network
        see({.uri = "/api/v1/namespaces/shop/secrets/db",
             .user = user,
             .source_ip = ip,
             .object = R"({"resource":"secrets","namespace":"shop","name":"db"})",
             .reason = kAdmin},
            hour);
        return found();
    };
    const auto nothing = [] {};
    EXPECT_EQ(told(nothing), medium);
    EXPECT_EQ(told(nothing, 7 * 24), high) << "an hour less than a week";
    EXPECT_EQ(told(nothing, 8 * 24, kBob, "203.0.113.9"), high) << "from elsewhere";
    EXPECT_EQ(told(nothing, 8 * 24, account("ops:web")), high) << "a program";
    EXPECT_EQ(told([&] {
                  see({.verb = "list",
                       .user = kBob,
                       .source_ip = "10.7.0.7",
                       .object = R"({"resource":"pods"})",
                       .reason = kOther},
                      30);
              }),
              high)
        << "he was elsewhere in between";
    EXPECT_EQ(told([&] {
                  see({.verb = "create",
                       .object = R"({"resource":"clusterrolebindings","name":"boss",)"
                                 R"("apiGroup":"rbac.authorization.k8s.io"})",
                       .status = kCreated},
                      7 * 24 + 2);
              }),
              high)
        << "the binding is of today";
}

// Root of a host of the control plane reads them in etcd. (kubeadm upload-certs, by somebody whom the log
// does not know, in a log of a week.)
TEST_F(SecretDoubt, OnAHostOfTheControlPlane) {
    const auto told = [&](const char* host, const std::string& user, const std::string& ip) {
        log_.clear();
        see({}, 0);
        see({.verb = "update",
             .user = R"({"username":"system:kube-scheduler"})",
             .source_ip = host,
             .object = R"({"resource":"leases","namespace":"kube-system","name":"kube-scheduler"})"},
            8 * 24);
        see({.uri = "/api/v1/namespaces/kube-system/secrets/kubeadm-certs",
             .user = user,
             .source_ip = ip,
             .object = R"({"resource":"secrets","namespace":"kube-system","name":"kubeadm-certs"})",
             .reason = kAdmin},
            8 * 24 + 1);
        return found();
    };
    const All medium{"secret-read-unprotected medium unlimited-grant"};
    const All high{"secret-read-unprotected high unlimited-grant"};
    EXPECT_EQ(told("10.0.0.2", kBob, "10.0.0.2"), medium);
    EXPECT_EQ(told("10.0.0.2", kBob, "127.0.0.1"), medium);
    EXPECT_EQ(told("10.0.0.2", kBob, "10.0.0.9"), high) << "from elsewhere";
    EXPECT_EQ(told("10.0.0.2", account("shop:web"), "10.0.0.2"), high) << "a program";
}

// A third of a cluster's log, or one of two days, does not show every night's backup. It shows who works.
TEST_F(SecretDoubt, AYoungLogDoesNotKnowWhoNeverDidIt) {
    const std::string backup = account("velero:velero");
    read(backup, kAdmin, 50);
    EXPECT_EQ(found(), All{"secret-read-unprotected medium unlimited-grant"});
    log_.clear();
    see({}, 0);
    work(backup, 30);
    read(backup, kAdmin, 50);
    EXPECT_EQ(found(), All{"secret-read-unprotected medium unlimited-grant"}) << "20 h only";
    log_.clear();
    see({}, 0);
    work(backup, 20, kOther);
    read(backup, kAdmin, 50);
    EXPECT_EQ(found(), All{"secret-read-unprotected high unlimited-grant"}) << "at work for 30 h";
    log_.clear();
    see({}, 0);
    read(backup, kAdmin, 8 * 24);
    EXPECT_EQ(found(), All{"secret-read-unprotected high unlimited-grant"}) << "a log of a week";
}

// Whoever has worked with all rights for a day could always read it; nobody else could, and no new grant.
TEST_F(SecretDoubt, AnAdministratorOfOld) {
    const std::string carl = R"({"username":"carl"})";
    work(kBob, 1);
    work(kBob, 29);
    read(kBob, kAdmin, 30);
    EXPECT_EQ(found(), All{"secret-read-unprotected medium unlimited-grant"});
    log_.clear();
    work(kBob, 1);
    work(carl, 1, kOther);
    work(carl, 10);
    read(carl, kAdmin, 30);
    EXPECT_EQ(found(), All{"secret-read-unprotected high unlimited-grant"}) << "20 h only";
    log_.clear();
    work(kBob, 1);
    constexpr auto kFresh =
        R"(RBAC: allowed by ClusterRoleBinding "me" of ClusterRole "cluster-admin" to User "bob")";
    read(kBob, kFresh, 30);
    EXPECT_EQ(found(), All{"secret-read-unprotected high unlimited-grant"}) << "another grant";
    log_.clear();
    work(account("gitops:app"), 1);
    read(account("gitops:app"), kAdmin, 30);
    EXPECT_EQ(found(), All{"secret-read-unprotected high unlimited-grant"}) << "a program";
}

// A program of old, in its Pod, could always read it too; its token elsewhere or in another client is in
// other hands.
TEST_F(SecretDoubt, AProgramThatHasHadAllRightsForLong) {
    const std::string pod =
        R"({"username":"system:serviceaccount:gitops:app","groups":["system:serviceaccounts"],"extra":{)"
        R"("authentication.kubernetes.io/pod-name":["app-1"]}})";
    const auto read_as = [&](const std::string& verb, const std::string& ip, const std::string& agent,
                             int hour) {
        see({.verb = verb,
             .uri = "/api/v1/namespaces/shop/secrets/db",
             .user = pod,
             .source_ip = ip,
             .agent = agent,
             .object = R"({"resource":"secrets","namespace":"shop","name":"db"})",
             .reason = kAdmin},
            hour);
    };
    struct Case {
        const char *verb, *ip, *agent;
        int since, hour;
        const char* severity;
    };
    for (const Case& one :
         {Case{"get", "10.0.0.7", "app/1", 1, 30, "medium"},
          Case{"patch", "10.0.0.7", "app/1", 1, 30, "medium"},
          Case{"get", "10.0.0.7", "app/1", 10, 30, "high"}, Case{"get", "10.9.0.7", "app/1", 1, 30, "high"},
          Case{"get", "10.0.0.7", "curl/8", 1, 30, "high"}, Case{"patch", "10.9.0.7", "app/1", 1, 30, "high"},
          // It sends the whole content, and reads none.
          Case{"update", "10.9.0.7", "app/1", 1, 30, "low"}}) {
        log_.clear();
        see({}, 0);
        const auto lists = [&](const char* reason, int hour) {
            see({.verb = "list",
                 .user = pod,
                 .source_ip = "10.0.0.7",
                 .agent = "app/1",
                 .object = R"({"resource":"pods","namespace":"shop"})",
                 .reason = reason},
                hour);
        };
        lists(kOther, 1);
        lists(kAdmin, one.since);
        read_as(one.verb, one.ip, one.agent, one.hour);
        EXPECT_EQ(found(), All{std::string("secret-read-unprotected ") + one.severity + " unlimited-grant"})
            << one.verb << one.ip << one.agent << one.since;
    }
}

// The list of Helm's releases, and what only looks like it.
TEST_F(SecretDoubt, ReleasesOfHelmAreConfiguration) {
    const auto list = [&](const char* selector, int hour) {
        see({.verb = "list",
             .uri = std::string("/api/v1/namespaces/shop/secrets?labelSelector=") + selector,
             .user = kBob,
             .object = R"({"resource":"secrets","namespace":"shop"})",
             .reason = kAdmin},
            hour);
    };
    work(kBob, 1, kOther);
    list("name%3Dweb%2Cowner%3Dhelm", 30);
    EXPECT_EQ(found(), All{});
    list("owner%21%3Dhelm", 31);
    EXPECT_EQ(found(), All{"secret-read-unprotected high unlimited-grant"});
}

// A release that Helm reads and writes is low, and the next Secret is none.
TEST_F(SecretDoubt, OneReleaseOfHelmIsLowAndVouchesForNothing) {
    work(kBob, 1, kOther);
    read(kBob, kAdmin, 30, "sh.helm.release.v1.web.v1");
    EXPECT_EQ(found(), All{"secret-read-unprotected low unlimited-grant"});
    read(kBob, kAdmin, 31, "sh.helm.release.v1.web.v2");
    read(kBob, kAdmin, 32, "other");
    EXPECT_EQ(found().back(), "secret-read-unprotected high unlimited-grant");
}

// Clouds whose roles are no objects of the cluster.
TEST_F(SecretDoubt, AllRightsUnderTheNameOfACloud) {
    const auto azure = [](const std::string& role) {
        return "Access allowed by Azure RBAC Role Assignment 1a of Role " + role + " to user 2b";
    };
    work(kBob, 1, kOther);
    read(kBob, azure("7f6c6a51bcf842ba922052d62157d7db"), 30);
    EXPECT_EQ(found(), All{});
    read(kBob, azure("b1ff04bb8a4e4dc48eb58693973ce19b"), 31, "other");
    EXPECT_EQ(found(), All{"secret-read-unprotected high unlimited-grant"});
}

TEST_F(SecretDoubt, AnUnlimitedGrantInDailyUseIsSilent) {
    read(account("gitops:controller"), kAdmin, 1);
    read(account("gitops:controller"), kAdmin, 30, "other");
    read(kBob, kAdmin, 31);
    EXPECT_EQ(found(), All{});
}

TEST_F(SecretDoubt, AYoungGrant) {
    write("create", "eve", 30);
    read(kBob, kTmp, 31);
    EXPECT_EQ(found(), All{"secret-read-unprotected medium young-grant"});
}

TEST_F(SecretDoubt, AYoungGrantOfWhatTheCallerHadAlready) {
    read(kBob, kOther, 2);
    write("create", "eve", 30);
    read(kBob, kTmp, 31);
    write("delete", "eve", 32);
    EXPECT_EQ(found(), All{});
}

TEST_F(SecretDoubt, AnOldGrantIsSilent) {
    write("create", "eve", 1);
    read(kBob, kTmp, 40);
    EXPECT_EQ(found(), All{});
}

TEST_F(SecretDoubt, AnotherHandChangesABinding) {
    write("patch", "gitops", 1);
    write("patch", "gitops", 29);
    read(kBob, kTmp, 30);
    EXPECT_EQ(found(), All{}) << "its usual writer";
    write("patch", "eve", 31);
    read(kBob, kTmp, 32, "other");
    EXPECT_EQ(found(), All{"secret-read-unprotected medium young-grant"});
}

TEST_F(SecretDoubt, AutomationMakesGrants) {
    write("patch", "system:serviceaccount:gitops:controller", 1);
    write("create", "system:serviceaccount:gitops:controller", 30);
    read(kBob, kTmp, 31);
    EXPECT_EQ(found(), All{});
}

TEST_F(SecretDoubt, AGrantMadeWithItsApplicationIsSilent) {
    birth(R"({"resource":"serviceaccounts","namespace":"web","name":"app"})", 30);
    write("create", "eve", 30);
    read(account("web:app"), kTmp, 31);
    write("delete", "eve", 32);
    EXPECT_EQ(found(), All{});
}

// The age of the log does not matter, since it contains the whole story.
TEST_F(SecretDoubt, MadeUsedAndTakenAway) {
    write("create", "eve", 1);
    read(kBob, kTmp, 2);
    write("delete", "eve", 3);
    EXPECT_EQ(found(), All{"secret-exposure-closed high temporary-grant"});
}

TEST_F(SecretDoubt, MadeUnusedAndTakenAway) {
    write("create", "eve", 1);
    write("delete", "eve", 3);
    EXPECT_EQ(found(), All{});
}

TEST_F(SecretDoubt, CallersOfASuspectSort) {
    read(account("shop:default"), kOther, 30);
    read(account("shop:app"), kOther, 31, "db", R"(,"authentication.k8s.io/legacy-token":"x")");
    read(kBob, kOther, 32, "db", "", account("shop:app"));
    read(R"({"username":"root","groups":["system:masters"]})", "", 33);
    EXPECT_EQ(
        found(),
        (All{"secret-read-unprotected medium default-account", "secret-read-unprotected medium legacy-token",
             "secret-read-unprotected medium impersonated", "secret-read-unprotected medium masters"}));
}

TEST_F(SecretDoubt, AListOfRolesAndBindingsSeedsTheMirror) {
    const auto list = [&](const char* resource, const char* items) {
        see({.level = "RequestResponse",
             .verb = "list",
             .object =
                 R"({"resource":")" + std::string(resource) + R"(","apiGroup":"rbac.authorization.k8s.io"})",
             .response_object = R"({"kind":"List","items":[)" + std::string(items) + "]}"},
            1);
    };
    list("clusterroles",
         R"({"metadata":{"name":"r"},"rules":[{"verbs":["get"],"apiGroups":[""],"resources":["secrets"]}]})");
    list("clusterrolebindings", R"({"metadata":{"name":"b"},"roleRef":{"kind":"ClusterRole","name":"r"},)"
                                R"("subjects":[{"kind":"Group","name":"system:authenticated"}]})");
    EXPECT_EQ(found(), All{"secret-exposed critical began-earlier"});
}

}  // namespace
}  // namespace redshank
