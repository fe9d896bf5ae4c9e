// Kubernetes' own mechanics explain the requests that they cause. Each case has an attack twin that looks
// alike and is found.
#include <gmock/gmock.h>

#include <algorithm>

#include "detectors/access/config.h"
#include "tests/unit/detectors/access/diary.h"

using namespace redshank;
using namespace redshank::test;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

namespace {

constexpr double kThen = 14 * 24, kSecond = 1.0 / 3600;

std::string node(const std::string& name) {
    return R"({"username":"system:node:)" + name + R"(","groups":["system:nodes","system:authenticated"]})";
}
const std::string kToken =
    R"({"username":"system:bootstrap:abcdef","groups":["system:bootstrappers","system:authenticated"]})";
const std::string kMissing = R"(RBAC: [clusterrole.rbac.authorization.k8s.io "web" not found])";

Deed of_node(const std::string& name, const std::string& verb, const std::string& resource,
             const std::string& object, const std::string& ns = "shop") {
    return {.user = node(name),
            .verb = verb,
            .resource = resource,
            .ns = ns,
            .name = object,
            .agent = "kubelet/v1.32.1",
            .ip = "10.1.0.24"};
}
Deed late(const std::string& name, const std::string& object) {
    Deed deed = of_node(name, "get", "secrets", object);
    deed.code = 403, deed.decision = "forbid";
    deed.reason = "no relationship found between node '" + name + "' and this object";
    return deed;
}

// The findings of severity medium or above.
std::vector<Finding> pages(Diary& diary) {
    std::vector<Finding> told = diary.told();
    std::erase_if(told, [](const Finding& finding) { return finding.severity < Severity::Medium; });
    return told;
}

struct Cluster {
    Cluster() {
        for (double hour = 8; hour < kThen; hour += 5) {
            for (const char* name : {"node-1", "node-2"}) {
                Deed deed = of_node(name, "get", "secrets", "db");
                deed.ip = name == std::string("node-1") ? "10.1.0.21" : "10.1.0.22";
                diary.at(hour, deed);
            }
            for (const char* name : {"alice", "bob"}) diary.at(hour, {.user = person(name)});
            for (const char* name : {"web", "api", "job", "bot"}) {
                diary.at(hour, {.user = account("shop", name, name), .resource = "secrets", .name = "db"});
                diary.at(hour, {.user = account("shop", name, name), .verb = "list", .name = ""});
            }
        }
    }
    Diary diary;
};

void join(Diary& diary, double at, const char* ip = "10.1.0.24") {
    const std::string kubeadm = "kubeadm/v1.32.1", certs = "certificates.k8s.io";
    for (const char* name : {"kubeadm-config", "kubelet-config", "kube-proxy"}) {
        diary.at(at += kSecond, {.user = kToken,
                                 .resource = "configmaps",
                                 .ns = "kube-system",
                                 .name = name,
                                 .agent = kubeadm,
                                 .ip = ip});
    }
    diary.at(at += kSecond, {.user = kToken,
                             .verb = "create",
                             .resource = "certificatesigningrequests",
                             .group = certs,
                             .ns = "",
                             .name = "csr-1",
                             .agent = "kubelet/v1.32.1",
                             .ip = ip,
                             .code = 201});
}

TEST(NodeJoin, IsNoNews) {
    Cluster cluster;
    join(cluster.diary, kThen);
    cluster.diary.at(kThen + 10 * kSecond, of_node("node-4", "create", "nodes", "node-4", ""));
    cluster.diary.at(kThen + 11 * kSecond, of_node("node-4", "get", "secrets", "db"));
    cluster.diary.at(kThen + 12 * kSecond, of_node("node-4", "get", "secrets", "tls"));
    cluster.diary.at(kThen + 1, {});
    EXPECT_THAT(cluster.diary.told(), IsEmpty());
}

TEST(NodeJoin, ACertificateThatMakesNoNodeIsTold) {
    Cluster cluster;
    join(cluster.diary, kThen);
    cluster.diary.at(kThen + 10 * kSecond, of_node("node-4", "create", "nodes", "node-4", ""));
    join(cluster.diary, kThen + 0.1, "10.9.0.7");
    cluster.diary.at(kThen + 0.2, {});
    EXPECT_THAT(cluster.diary.told(), IsEmpty());
    cluster.diary.at(kThen + 0.3, {});
    const auto told = pages(cluster.diary);
    ASSERT_THAT(told, SizeIs(1));
    EXPECT_EQ(told[0].who().user, "system:bootstrap:abcdef");
    EXPECT_EQ(told[0].who().source_ip, "10.9.0.7");
    EXPECT_THAT(told[0].summary, HasSubstr("no node registered from there"));
}

// OpenShift's machines join by a service account with the built-in role for it.
TEST(NodeJoin, ByAnAccountIsNoNewsEither) {
    const auto asks = [](const std::string& role, const std::string& agent) {
        return Deed{.user = account("machines", "bootstrapper", ""),
                    .verb = "create",
                    .resource = "certificatesigningrequests",
                    .group = "certificates.k8s.io",
                    .ns = "",
                    .name = "csr-9",
                    .agent = agent,
                    .ip = "10.1.0.24",
                    .code = 201,
                    .reason = "RBAC: allowed by ClusterRoleBinding \"b\" of ClusterRole \"" + role +
                              "\" to ServiceAccount \"bootstrapper/machines\""};
    };
    const auto worst = [&](const Deed& first, bool comes) {
        Cluster cluster;
        cluster.diary.at(kThen, first);
        if (comes) cluster.diary.at(kThen + 0.1, of_node("node-4", "create", "nodes", "node-4", ""));
        cluster.diary.at(kThen + 1, {});
        Severity found = Severity::Info;
        for (const Finding& one : pages(cluster.diary)) found = std::max(found, one.severity);
        return found;
    };
    const std::string bootstrapper = "system:node-bootstrapper";
    EXPECT_EQ(worst(asks(bootstrapper, "kubelet/v1.32.1"), true), Severity::Info);
    EXPECT_EQ(worst(asks(bootstrapper, "kubelet/v1.32.1"), false), Severity::Medium) << "no node comes";
    EXPECT_EQ(worst(asks(bootstrapper, "curl/8.5.0"), true), Severity::Medium) << "no kubelet";
    EXPECT_EQ(worst(asks("bootstrapper", "kubelet/v1.32.1"), true), Severity::Medium) << "another role";
}

TEST(NodeJoin, ATokenThatDoesMoreIsTold) {
    for (const Deed& more : {Deed{.verb = "list", .resource = "secrets", .ns = "kube-system", .name = ""},
                             Deed{.verb = "create",
                             .resource = "certificatesigningrequests",
                             .group = "certificates.k8s.io",
                             .ns = "",
                             .name = "csr-9",
                             .code = 403,
                             .decision = "forbid"}}) {
        Cluster cluster;
        join(cluster.diary, kThen);
        cluster.diary.at(kThen + 10 * kSecond, of_node("node-4", "create", "nodes", "node-4", ""));
        Deed deed = more;
        deed.user = kToken, deed.agent = "kubeadm/v1.32.1", deed.ip = "10.1.0.24";
        cluster.diary.at(kThen + 0.1, deed);
        EXPECT_THAT(pages(cluster.diary), SizeIs(1)) << more.resource;
    }
}

// 25 new machines in an hour are expected; a machine that reads Secrets from another address, or lists them,
// is found.
TEST(NodeLife, NewMachinesAreJudgedByWhatMachinesNeed) {
    Cluster cluster;
    for (int i = 0; i < 25; ++i) {
        const std::string name = "auto-" + std::to_string(i), ip = "10.1.2." + std::to_string(i);
        for (const auto& [verb, resource, object] :
             {std::tuple{"create", "nodes", name.c_str()}, std::tuple{"get", "secrets", "pay"},
              std::tuple{"get", "secrets", "tls"}}) {
            Deed deed =
                of_node(name, verb, resource, object, resource == std::string("nodes") ? "" : "ledger");
            deed.ip = ip;
            cluster.diary.at(kThen + i / 30.0, deed);
        }
    }
    EXPECT_THAT(cluster.diary.told(), IsEmpty());
    Deed thief = of_node("auto-3", "get", "secrets", "pay", "ledger");
    thief.ip = "10.7.7.7";
    cluster.diary.at(kThen + 2, thief);
    Deed lists = of_node("auto-4", "list", "secrets", "", "ledger");
    lists.ip = "10.1.2.4";
    cluster.diary.at(kThen + 2, lists);
    std::vector<std::string> users;
    for (const Finding& finding : pages(cluster.diary)) users.push_back(finding.who().user);
    EXPECT_THAT(users, testing::UnorderedElementsAre("system:node:auto-3", "system:node:auto-4"));
}

TEST(NodeLife, WhatTheAuthorizerLearnsLateIsNoNews) {
    Cluster cluster;
    const std::vector<std::string> names{"a", "b", "c", "d", "e", "f", "g", "h"};
    double at = kThen;
    for (const std::string& name : names) {
        Deed deed = late("node-1", name);
        deed.ip = "10.1.0.21";
        cluster.diary.at(at += kSecond, deed);
        for (const char* verb : {"list", "watch"}) {
            deed.verb = verb;
            cluster.diary.at(at += kSecond, deed);
        }
    }
    for (const std::string& name : names) {
        Deed deed = of_node("node-1", "get", "secrets", name);
        deed.ip = "10.1.0.21";
        cluster.diary.at(at += kSecond, deed);
    }
    cluster.diary.at(kThen + 1, {});
    EXPECT_THAT(pages(cluster.diary), IsEmpty());
}

TEST(NodeLife, WhatItNeverGetsIsTold) {
    Cluster cluster;
    for (const char* name : {"a", "b", "c"}) {
        Deed deed = late("node-1", name);
        deed.ip = "10.1.0.21";
        cluster.diary.at(kThen, deed);
    }
    cluster.diary.at(kThen + 0.05, {});
    EXPECT_THAT(pages(cluster.diary), IsEmpty());
    cluster.diary.restart();
    cluster.diary.at(kThen + 0.1, {});
    const auto told = pages(cluster.diary);
    ASSERT_THAT(told, SizeIs(1));
    EXPECT_EQ(told[0].severity, Severity::High);
    EXPECT_EQ(told[0].count, 3U);
    EXPECT_EQ(told[0].who().user, "system:node:node-1");
    EXPECT_THAT(
        told[0].summary,
        HasSubstr(
            "Node node-1 was refused 3 objects that no Pod on it refers to, the last one Secret shop/"));
}

TEST(NodeLife, FromAnotherAddressOrWithAnotherClientItIsToldAtOnce) {
    for (const bool other_client : {false, true}) {
        Cluster cluster;
        Deed deed = late("node-1", "a");
        deed.ip = other_client ? "10.1.0.21" : "10.7.7.7";
        if (other_client) deed.agent = "curl/8.0";
        cluster.diary.at(kThen, deed);
        EXPECT_THAT(pages(cluster.diary), SizeIs(1)) << other_client;
    }
}

// A server that has just started refuses ordinary requests of everybody.
struct Restart : Cluster {
    void refuse(const char* name, double at, Deed deed) {
        deed.user = account("shop", name, name);
        deed.code = 403, deed.decision = "forbid", deed.reason = kMissing;
        diary.at(at, deed);
    }
};

TEST(LostRights, EverybodyAtOnceIsOneFindingAboutTheServer) {
    Restart cluster;
    for (int i = 0; i < 3; ++i) {
        for (const char* name : {"web", "api", "job", "bot"}) {
            cluster.refuse(name, kThen + i * 20 * kSecond, {.resource = "secrets", .name = "db"});
            cluster.refuse(name, kThen + i * 20 * kSecond, {.verb = "list", .name = ""});
            if (i > 0) {
                cluster.refuse(name, kThen + i * 20 * kSecond,
                               {.resource = "secrets", .ns = std::string("x-") + name, .name = "other"});
            }
        }
    }
    EXPECT_THAT(pages(cluster.diary), IsEmpty());
    const auto told = cluster.diary.told();
    ASSERT_THAT(told, SizeIs(1));
    EXPECT_EQ(told[0].kind, "rights-missing");
    EXPECT_FALSE(told[0].actor);
    EXPECT_THAT(told[0].summary,
                HasSubstr("4 accounts lost what they always do, as their roles are not found ("));
}

TEST(LostRights, ExplainNeitherOtherAccountsNorOtherRequests) {
    Restart cluster;
    for (const char* name : {"web", "api", "job"}) {
        cluster.refuse(name, kThen, {.resource = "secrets", .name = "db"});
    }
    // Two attack twins: an account asks for something that it never did, and an outsider is refused as well.
    cluster.refuse("web", kThen + kSecond,
                   {.verb = "list", .resource = "secrets", .ns = "kube-system", .name = ""});
    cluster.diary.at(kThen + kSecond, {.verb = "list",
                                       .resource = "secrets",
                                       .ns = "kube-system",
                                       .name = "",
                                       .code = 403,
                                       .decision = "forbid",
                                       .reason = kMissing});
    std::vector<std::string> users;
    for (const Finding& finding : pages(cluster.diary)) users.push_back(finding.who().user);
    EXPECT_THAT(users, testing::UnorderedElementsAre("system:serviceaccount:shop:web", "alice"));
}

TEST(LostRights, OneAccountThatRepeatsWhatItAlwaysDidTriesNothing) {
    Restart cluster;
    for (int i = 0; i < 20; ++i)
        cluster.refuse("web", kThen + i * kSecond, {.resource = "secrets", .name = "db"});
    EXPECT_THAT(cluster.diary.told(), IsEmpty());
}

// The Node authorizer gives a kubelet what its pods need, by name; a binding may give it more.
TEST(NodeLife, WhatTheNodeAuthorizerGivesIsNoNews) {
    const std::string bound =
        R"(RBAC: allowed by ClusterRoleBinding "n" of ClusterRole "x" to Group "system:nodes")";
    for (const auto& [name, reason, told] :
         {std::tuple{"app", std::string(), 0U}, std::tuple{"", std::string(), 1U},
          std::tuple{"app", bound, 1U}}) {
        Cluster cluster;
        Deed deed = of_node("node-1", "create", "serviceaccounts", name, "ledger");
        deed.subresource = "token", deed.ip = "10.1.0.21", deed.reason = reason, deed.code = 201;
        cluster.diary.at(kThen, deed);
        EXPECT_THAT(pages(cluster.diary), SizeIs(told)) << name << reason;
    }
}

// Another program with the node's credential begins with something harmless.
TEST(NodeLife, AnotherClientIsNewsAlsoAfterAHarmlessRequest) {
    for (const bool is_kubelet : {false, true}) {
        for (const char* first : {"leases", "events", "pods"}) {
            Cluster cluster;
            std::vector<Deed> deeds{of_node("node-1", "create", first, "x-node-1", "kube-system")};
            for (const char* name : {"tls", "pay", "ledger", "mail"})
                deeds.push_back(of_node("node-1", "get", "secrets", name));
            double at = kThen;
            for (Deed& deed : deeds) {
                deed.ip = "10.1.0.21";
                if (!is_kubelet) deed.agent = "curl/8.5.0";
                cluster.diary.at(at += kSecond, deed);
            }
            EXPECT_THAT(pages(cluster.diary), SizeIs(is_kubelet ? 0 : 1)) << first;
        }
    }
}

// The credential of a machine that registered an hour ago is used by another program. The kubelet that the
// rest has reads the Secrets of its Pods.
TEST(NodeLife, AYoungNodesCredentialInAnotherProgramIsTold) {
    const struct {
        const char *what, *registers, *agent, *ip, *ns;
        size_t told;
        Severity severity;
    } kCases[] = {
        {"its kubelet", "kubelet/v1.32.1", "kubelet/v1.32.1", "10.1.0.24", "shop", 0, Severity::Info},
        {"curl beside it", "kubelet/v1.32.1", "curl/8.5.0", "10.1.0.24", "shop", 1, Severity::Medium},
        {"curl in its network", "kubelet/v1.32.1", "curl/8.5.0", "10.1.0.99", "shop", 1, Severity::Medium},
        {"curl elsewhere", "kubelet/v1.32.1", "curl/8.5.0", "10.9.0.99", "shop", 1, Severity::High},
        {"curl over IPv6", "kubelet/v1.32.1", "curl/8.5.0", "fd00:9::9", "shop", 1, Severity::Medium},
        {"its kubelet over IPv6", "kubelet/v1.32.1", "kubelet/v1.32.1", "fd00:1::24", "shop", 0,
         Severity::Info},
        {"a node that curl made", "curl/8.5.0", "curl/8.5.0", "10.1.0.24", "shop", 1, Severity::Medium},
    };
    for (const auto& one : kCases) {
        for (const bool asks_first : {false, true}) {
            SCOPED_TRACE(one.what);
            Cluster cluster;
            double at = kThen;
            Deed first = of_node("node-4", "get", "nodes", "node-4", "");
            first.agent = one.registers;
            if (asks_first) cluster.diary.at(at += kSecond, first);
            first.verb = "create", first.code = 201;
            cluster.diary.at(at += kSecond, first);
            cluster.diary.at(at += kSecond,
                             of_node("node-4", "update", "leases", "node-4", "kube-node-lease"));
            Deed read = of_node("node-4", "get", "secrets", "tls", one.ns);
            read.agent = one.agent, read.ip = one.ip;
            cluster.diary.at(kThen + 1, read);
            std::vector<Finding> told = pages(cluster.diary);
            std::erase_if(told,
                          [](const Finding& finding) { return finding.kind != "token-used-elsewhere"; });
            ASSERT_THAT(told, SizeIs(one.told));
            if (told.empty()) continue;
            EXPECT_EQ(told[0].severity, one.severity) << told[0].summary;
        }
    }
}

// The built-in controllers are one process: one that had nothing to do so far is no stranger where the others
// are.
TEST(Controllers, OneThatActsForTheFirstTimeIsJudgedByTheOthers) {
    const auto controller = [](const std::string& name, const char* verb, const char* resource,
                               const char* group) {
        return Deed{.user = account("kube-system", name, ""),
                    .verb = verb,
                    .resource = resource,
                    .group = group,
                    .ns = "",
                    .name = "x",
                    .agent = "kube-controller-manager/v1.32.2",
                    .ip = "10.0.0.2"};
    };
    for (const auto& [ip, agent, told] : {std::tuple{"10.0.0.2", "kube-controller-manager/v1.32.2", 0U},
                                          std::tuple{"10.9.9.9", "kube-controller-manager/v1.32.2", 1U},
                                          std::tuple{"10.0.0.2", "curl/8", 1U}}) {
        Diary diary;
        for (double hour = 8; hour < kThen; hour += 5) {
            diary.at(hour, controller("replicaset-controller", "get", "secrets", ""));
            diary.at(hour, {.user = person("alice")});
        }
        Deed approves = controller("certificate-controller", "update", "certificatesigningrequests",
                                   "certificates.k8s.io");
        approves.subresource = "approval", approves.ip = ip, approves.agent = agent;
        diary.at(kThen, approves);
        EXPECT_THAT(pages(diary), SizeIs(told)) << ip << agent;
    }
}

}  // namespace
