// A person's first day in another network: the work of every day, and what a thief does with the login.
#include <gmock/gmock.h>

#include "tests/unit/detectors/access/acts.h"

using namespace redshank;
using namespace redshank::test;

namespace {

Deed on_train(Deed deed) {
    if (deed.ip == "10.0.0.7") deed.ip = "10.200.3.21";
    return deed;
}

// What alice does from the train, after three harmless looks there in one hour.
Severity worst_of(const std::vector<Deed>& deeds, const std::optional<Deed>& always = {},
                  const std::string& grant = kGrant) {
    Cluster cluster(always);
    const Deed looks{.user = person("alice"), .reason = kGrant};
    for (int i = 0; i < 3; ++i) cluster.diary.at(kThen + i * kSecond, on_train(looks));
    double at = kThen + 0.1;
    for (const Deed& one : deeds) {
        Deed deed = on_train(one);
        deed.user = person("alice"), deed.reason = grant;
        cluster.diary.at(at += kSecond, deed);
    }
    return cluster.worst("alice");
}

Deed named(const char* name) {
    return of_secret("get", "shop", name);
}

TEST(OnTheWay, AFirstSecretWhereSheWorksIsNoPage) {
    const Deed deploys{.verb = "patch", .resource = "deployments", .group = "apps", .ns = "shop"};
    EXPECT_EQ(worst_of({named("db")}), Severity::Medium);
    EXPECT_EQ(worst_of({named("db"), of_secret("patch", "shop", "db")}), Severity::Medium);
    EXPECT_EQ(worst_of({named("db"), of_secret("update", "shop", "db"), deploys}), Severity::Medium);
    EXPECT_EQ(worst_of({of_secret("list", "shop", "")}, named("db")), Severity::Medium);
}

TEST(OnTheWay, WhatTheWorkOfEveryDayDoesNotExplainIsAPage) {
    const auto with = [](Deed deed, const char* agent) {
        deed.agent = agent;
        return deed;
    };
    const std::string young =
        R"(RBAC: allowed by ClusterRoleBinding "fresh" of ClusterRole "x" to User "alice")";
    struct Case {
        const char* what;
        std::vector<Deed> deeds;
    };
    Deed token = create("serviceaccounts", "", "shop", "default");
    token.subresource = "token";
    for (const Case& one : {
             Case{"with another client", {with(named("db"), "curl/8")}},
             Case{"where she does not work", {of_secret("get", "pay", "db")}},
             Case{"of the control plane", {of_secret("get", "kube-system", "db")}},
             Case{"all of a namespace, where she has read none", {of_secret("list", "shop", "")}},
             Case{"all of the cluster", {of_secret("list", "", "")}},
             Case{"one after the other", {named("db"), named("key"), named("mail"), named("pay")}},
             Case{"a token", {token}},
             Case{"a command", {on_pod("exec", "shop")}},
             Case{"rights", {create("rolebindings", kRbac, "shop", "mine")}},
         })
        EXPECT_GT(worst_of(one.deeds), Severity::Medium) << one.what;
}

}  // namespace
