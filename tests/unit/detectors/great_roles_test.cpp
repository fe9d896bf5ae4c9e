#include "detectors/great_roles.h"

#include <gtest/gtest.h>

#include "tests/support/events.h"
#include "tests/support/memory_state.h"

namespace redshank {
namespace {

using test::EventSpec;

constexpr std::string_view kEverything = R"({"verbs":["*"],"apiGroups":["*"],"resources":["*"]})";

std::string reason_of(const std::string& role, const std::string& binding = "ClusterRoleBinding \"owners\"",
                      const std::string& kind = "ClusterRole") {
    return "RBAC: allowed by " + binding + " of " + kind + " \"" + role + "\" to Group \"owners\"";
}

std::string object_of(const std::string& resource, const std::string& name, const std::string& group = {},
                      const std::string& subresource = {}, const std::string& ns = {}) {
    return R"({"resource":")" + resource + R"(","name":")" + name + R"(","apiGroup":")" + group +
           R"(","subresource":")" + subresource + R"(","namespace":")" + ns + R"(","apiVersion":"v1"})";
}

const std::string kRbac = "rbac.authorization.k8s.io";

std::string role_of(const std::string& name, const std::string& rules) {
    return R"({"kind":"ClusterRole","metadata":{"name":")" + name + R"("},"rules":[)" + rules + "]}";
}

std::string binding_of(const std::string& name, const std::string& role) {
    return R"({"kind":"ClusterRoleBinding","metadata":{"name":")" + name +
           R"("},"roleRef":{"kind":"ClusterRole","name":")" + role +
           R"("},"subjects":[{"kind":"Group","name":"on-call"}]})";
}

// The requests of one cluster, by olga and the role "owner" where nothing else is said.
class GreatRolesTest : public testing::Test {
  protected:
    bool see(EventSpec spec, int day, int hour = 10, bool answers = true) {
        const audit::Time time = start_ + std::chrono::days{day} + std::chrono::hours{hour};
        spec.received = spec.time = audit::format_time(time);
        if (spec.reason.empty()) spec.reason = reason_of("owner");
        const test::ParsedEvent event = spec.parsed();
        return roles_.see(symbols_.understand(*event), answers, time);
    }
    // Whether a look at Pods by the role is one of somebody who has everything.
    bool is_great(int day, int hour = 10, const std::string& reason = reason_of("owner")) {
        return see({.reason = reason}, day, hour);
    }
    static EventSpec writes(const std::string& resource, const std::string& name, const std::string& body) {
        return {.verb = "update", .object = object_of(resource, name, kRbac), .response_object = body};
    }
    static EventSpec gives_all() {
        return writes("clusterrolebindings", "on-call", binding_of("on-call", "cluster-admin"));
    }
    void take_all_ways(int day) {
        see({.object = object_of("secrets", "db", "", "", "shop")}, day);
        see(writes("clusterroles", "team", ""), day);
        see({.verb = "create", .object = object_of("pods", "web", "", "exec", "shop")}, day);
        see({.verb = "patch", .object = object_of("nodes", "n1")}, day);
    }

    bool is_given(int day, const std::string& role, const std::string& kind = "ClusterRole") {
        const std::string body =
            R"({"kind":"ClusterRoleBinding","metadata":{"name":"b"},"roleRef":{"kind":")" + kind +
            R"(","name":")" + role + R"("},"subjects":[]})";
        see({.verb = "create",
             .object = object_of("clusterrolebindings", "b", kRbac),
             .response_object = body,
             .reason = reason_of("binder")},
            day);
        return roles_.is_given();
    }

    GreatRoles roles_;

  private:
    Symbols symbols_;
    const audit::Time start_ = *audit::parse_time("2026-01-05T00:00:00Z");
};

TEST_F(GreatRolesTest, ARoleWhoseRulesTheLogShowedADayAgoGivesEverything) {
    EXPECT_FALSE(see(writes("clusterroles", "owner", role_of("owner", std::string(kEverything))), 0));
    EXPECT_FALSE(is_great(0, 23));
    EXPECT_FALSE(is_great(1, 9));
    EXPECT_TRUE(is_great(1, 10));
    EXPECT_FALSE(is_great(1, 10, reason_of("other")));
    EXPECT_FALSE(is_great(1, 10, reason_of("owner", R"(RoleBinding "owners/shop")")));
    EXPECT_FALSE(is_great(1, 10, reason_of("owner", R"(RoleBinding "owners/shop")", "Role")));
}

TEST_F(GreatRolesTest, WrittenAgainItIsAsOldAsItWas) {
    see(writes("clusterroles", "owner", role_of("owner", std::string(kEverything))), 0);
    see(writes("clusterroles", "owner", role_of("owner", std::string(kEverything))), 2);
    EXPECT_TRUE(is_great(2, 11));
}

TEST_F(GreatRolesTest, ALookAtItShowsItToo) {
    see({.verb = "list",
         .object = object_of("clusterroles", "", kRbac),
         .response_object = R"({"items":[)" + role_of("owner", std::string(kEverything)) + "]}"},
        0);
    EXPECT_TRUE(is_great(1));
    see({.verb = "get",
         .object = object_of("clusterroles", "owner", kRbac),
         .response_object = role_of("owner", R"({"verbs":["get"],"apiGroups":[""],"resources":["pods"]})")},
        1);
    EXPECT_FALSE(is_great(1));
}

TEST_F(GreatRolesTest, OneStarLessIsLess) {
    for (const std::string rule : {R"({"verbs":["get"],"apiGroups":["*"],"resources":["*"]})",
                                   R"({"verbs":["*"],"apiGroups":[""],"resources":["*"]})",
                                   R"({"verbs":["*"],"apiGroups":["*"],"resources":["pods"]})"}) {
        see(writes("clusterroles", "owner", role_of("owner", rule)), 0);
        EXPECT_FALSE(is_great(3)) << rule;
    }
}

TEST_F(GreatRolesTest, ANamesakeInANamespaceIsAnother) {
    see({.verb = "update",
         .object = object_of("roles", "owner", kRbac, "", "shop"),
         .response_object = R"({"kind":"Role","metadata":{"name":"owner","namespace":"shop"},"rules":[)" +
                            std::string(kEverything) + "]}"},
        0);
    see({.verb = "get",
         .object = object_of("roles", "owner", kRbac, "", "shop"),
         .response_object = R"({"kind":"Role","metadata":{"name":"owner","namespace":"shop"},"rules":[)" +
                            std::string(kEverything) + "]}"},
        0);
    EXPECT_FALSE(is_great(2));
}

TEST_F(GreatRolesTest, MadeLessOrRemovedItIsForgotten) {
    see(writes("clusterroles", "owner", role_of("owner", std::string(kEverything))), 0);
    EXPECT_TRUE(is_great(2));
    see(writes("clusterroles", "owner", role_of("owner", "")), 2, 11);
    EXPECT_FALSE(is_great(4));
    see(writes("clusterroles", "owner", role_of("owner", std::string(kEverything))), 4);
    see({.verb = "delete",
         .object = object_of("clusterroles", "owner", kRbac),
         .status = R"({"metadata":{},"status":"Success","code":200})"},
        5);
    EXPECT_FALSE(is_great(6));
}

TEST_F(GreatRolesTest, AWriteThatShowsNoBodyChangesNothing) {
    see(writes("clusterroles", "owner", role_of("owner", std::string(kEverything))), 0);
    see({.verb = "patch", .object = object_of("clusterroles", "owner", kRbac)}, 1);
    EXPECT_TRUE(is_great(1));
}

TEST_F(GreatRolesTest, WhoGivesEverythingOnTwoDaysHasIt) {
    see(gives_all(), 0);
    see(gives_all(), 0, 23);
    EXPECT_FALSE(is_great(1));
    EXPECT_FALSE(see(gives_all(), 2));
    EXPECT_FALSE(is_great(2, 23));  // an attack does not vouch for itself
    EXPECT_TRUE(is_great(3));
}

TEST_F(GreatRolesTest, SoDoesARoleThatGivesEverything) {
    for (const int day : {0, 2})
        see(writes("clusterroles", "other", role_of("other", std::string(kEverything))), day);
    EXPECT_TRUE(is_great(3));
}

TEST_F(GreatRolesTest, SoDoesABindingToARoleThatIsKnownToGiveEverything) {
    see(writes("clusterroles", "other", role_of("other", std::string(kEverything))), 0, 10);
    for (const int day : {1, 3}) see(writes("clusterrolebindings", "b", binding_of("b", "other")), day);
    EXPECT_TRUE(is_great(4));
}

TEST_F(GreatRolesTest, WithoutABodyTheRoleOfKubernetesIsKnownByItsName) {
    for (const int day : {0, 2})
        see({.verb = "patch", .object = object_of("clusterrolebindings", "cluster-admin", kRbac)}, day);
    EXPECT_TRUE(is_great(3));
}

TEST_F(GreatRolesTest, LessThanEverythingProvesNothing) {
    const EventSpec cases[] = {
        writes("clusterrolebindings", "b", binding_of("b", "edit")),
        writes("clusterroles", "r", role_of("r", "")),
        {.verb = "patch", .object = object_of("clusterrolebindings", "team", kRbac)},
        {.verb = "get",
         .object = object_of("clusterrolebindings", "cluster-admin", kRbac),
         .response_object = binding_of("cluster-admin", "cluster-admin")},
        {.verb = "update",
         .object = object_of("rolebindings", "b", kRbac, "", "shop"),
         .response_object =
             R"({"kind":"RoleBinding","metadata":{"name":"b","namespace":"shop"},"roleRef":{"kind":"ClusterRole","name":"cluster-admin"}})"},
        {.verb = "update",
         .object = object_of("clusterrolebindings", "b", kRbac),
         .status = R"({"metadata":{},"status":"Failure","code":403})",
         .request_object = binding_of("b", "cluster-admin"),
         .decision = "forbid"},
    };
    for (const EventSpec& one : cases) {
        roles_ = GreatRoles();
        for (const int day : {0, 2, 4}) see(one, day);
        EXPECT_FALSE(is_great(6)) << one.object;
    }
}

TEST_F(GreatRolesTest, WhatAProgramOrAnotherStageShowsProvesNothing) {
    EventSpec program = gives_all();
    program.user =
        R"({"username":"system:serviceaccount:ci:deployer","groups":["system:serviceaccounts","system:authenticated"]})";
    for (const int day : {0, 2}) see(program, day);
    for (const int day : {0, 2}) see(gives_all(), day, 10, false);
    EXPECT_FALSE(is_great(3));
}

TEST_F(GreatRolesTest, WhoTakesAllFourWaysOnThreeDaysHasEverything) {
    take_all_ways(0);
    take_all_ways(1);
    EXPECT_FALSE(is_great(2));
    take_all_ways(2);
    EXPECT_FALSE(is_great(2, 23));
    EXPECT_TRUE(is_great(3));
}

TEST_F(GreatRolesTest, ThreeOfTheWaysAreNotAll) {
    const EventSpec ways[] = {{.object = object_of("secrets", "db", "", "", "shop")},
                              writes("clusterroles", "team", ""),
                              {.verb = "create", .object = object_of("pods", "web", "", "exec", "shop")},
                              {.verb = "patch", .object = object_of("nodes", "n1")}};
    for (size_t without = 0; without < std::size(ways); ++without) {
        roles_ = GreatRoles();
        for (int day = 0; day < 4; ++day) {
            for (size_t i = 0; i < std::size(ways); ++i) {
                if (i != without) see(ways[i], day);
            }
        }
        EXPECT_FALSE(is_great(5)) << without;
        see(ways[without], 5);
        EXPECT_FALSE(is_great(5, 11)) << without;  // that is of today
        EXPECT_TRUE(is_great(6)) << without;
    }
}

TEST_F(GreatRolesTest, EachWayHasItsDoors) {
    struct Case {
        size_t way;
        EventSpec spec;
    };
    const Case cases[] = {
        {0, {.verb = "list", .object = object_of("secrets", "")}},
        {1, {.verb = "delete", .object = object_of("clusterrolebindings", "b", kRbac)}},
        {2, {.verb = "create", .object = object_of("pods", "web", "", "attach", "shop")}},
        {2, {.verb = "patch", .object = object_of("pods", "web", "", "ephemeralcontainers", "shop")}},
        {2, {.verb = "patch", .object = object_of("deployments", "web", "apps", "", "shop")}},
        {3,
         {.verb = "update", .object = object_of("customresourcedefinitions", "x", "apiextensions.k8s.io")}},
        {3, {.verb = "create", .object = object_of("apiservices", "x", "apiregistration.k8s.io")}},
        {3,
         {.verb = "update",
          .object = object_of("validatingwebhookconfigurations", "x", "admissionregistration.k8s.io")}},
        {3,
         {.verb = "update",
          .object = object_of("mutatingwebhookconfigurations", "x", "admissionregistration.k8s.io")}},
    };
    const EventSpec ways[] = {{.object = object_of("secrets", "db", "", "", "shop")},
                              writes("clusterroles", "team", ""),
                              {.verb = "create", .object = object_of("pods", "web", "", "exec", "shop")},
                              {.verb = "patch", .object = object_of("nodes", "n1")}};
    for (const Case& one : cases) {
        roles_ = GreatRoles();
        for (int day = 0; day < 3; ++day) {
            for (size_t i = 0; i < std::size(ways); ++i) see(i == one.way ? one.spec : ways[i], day);
        }
        EXPECT_TRUE(is_great(4)) << one.spec.object;
    }
    const EventSpec none[] = {{.object = object_of("nodes", "n1")},
                              {.verb = "patch", .object = object_of("nodes", "n1", "", "status")},
                              {.verb = "list", .object = object_of("clusterroles", "", kRbac)},
                              {.object = object_of("pods", "web", "", "log", "shop")},
                              {.object = object_of("secrets", "db", "custom.example.io", "", "shop")},
                              {.object = object_of("secrets", "db", "", "", "shop"),
                               .status = R"({"metadata":{},"status":"Failure","code":404})"}};
    for (size_t way = 0; way < 4; ++way) {
        for (const EventSpec& door : none) {
            roles_ = GreatRoles();
            for (int day = 0; day < 3; ++day) {
                for (size_t i = 0; i < std::size(ways); ++i) see(i == way ? door : ways[i], day);
            }
            EXPECT_FALSE(is_great(4)) << way << door.object;
        }
    }
}

TEST_F(GreatRolesTest, WhatItKnowsOutlivesARestart) {
    take_all_ways(0);
    see(gives_all(), 0);
    see(gives_all(), 2);
    test::MemoryState state;
    roles_.save(state);
    roles_ = GreatRoles();
    roles_.load(state);
    EXPECT_TRUE(is_great(3));
}

TEST_F(GreatRolesTest, AFloodOfRolesIsBoundedAndForgetsNoneThatIsProven) {
    see(gives_all(), 0);
    see(gives_all(), 2);
    for (int i = 0; i < 1'200; ++i)
        see({.object = object_of("secrets", "db", "", "", "shop"),
             .reason = reason_of("r" + std::to_string(i))},
            2);
    EXPECT_GT(roles_.evictions(), 0u);
    EXPECT_TRUE(is_great(3));
}

// Who is given such a role has everything, from the moment at which the log shows it.
TEST_F(GreatRolesTest, ABindingToOneGivesEverything) {
    EXPECT_FALSE(is_given(0, "owner"));
    see(writes("clusterroles", "owner", role_of("owner", std::string(kEverything))), 0);
    EXPECT_FALSE(roles_.is_given()) << "a role alone";
    EXPECT_TRUE(is_given(0, "owner"));
    EXPECT_FALSE(is_given(0, "other"));
    EXPECT_FALSE(is_given(0, "owner", "Role"));
    EXPECT_TRUE(is_given(0, "owner"));
    is_great(0);
    EXPECT_FALSE(roles_.is_given()) << "the next request";
}

// The log never showed its rules.
TEST_F(GreatRolesTest, ABindingToOneThatPeopleUsedGivesEverything) {
    see(gives_all(), 0);
    EXPECT_FALSE(is_given(1, "owner"));
    see(gives_all(), 1);
    EXPECT_FALSE(is_given(1, "owner"));
    EXPECT_TRUE(is_given(2, "owner"));
}

}  // namespace
}  // namespace redshank
