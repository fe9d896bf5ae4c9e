// Indirect ways to a protected Secret, each way and its neighbours in a table: the Secret shop/db, which
// `owner` may read and alice may not.
#include <gtest/gtest.h>

#include "detectors/access/config.h"
#include "detectors/by_rule/config.h"
#include "detectors/crd/config.h"
#include "detectors/secrets/config.h"
#include "tests/support/corpus.h"
#include "tests/support/events.h"

namespace redshank {
namespace {

using test::EventSpec;

constexpr const char* kBody = R"({"spec":{"volumes":[{"secret":{"secretName":"db"}}]}})";
constexpr const char* kMade = R"({"metadata":{},"code":201})";

DetectorConfig only_secrets(std::vector<std::string> readers) {
    DetectorConfig all;
    all.of<access::Config>().enabled = all.of<crd::Config>().enabled = false;
    all.of<by_rule::Config>().sources.packs.clear();
    all.of<secrets::Config>().protect = {{.secrets = {"shop/db"}, .readers = std::move(readers)}};
    return all;
}

// Findings of that kind in events that follow each other by a second.
size_t told(const char* kind, std::vector<EventSpec> events,
            const std::vector<std::string>& readers = {"owner"}) {
    std::string log;
    for (size_t i = 0; i < events.size(); ++i) {
        events[i].received = events[i].time = "2026-01-05T10:00:0" + std::to_string(i) + ".000000Z";
        events[i].audit_id = "a-" + std::to_string(i);
        log += events[i].json() + "\n";
    }
    size_t count = 0;
    for (const Finding& finding : test::find_in(test::Log::of_text(log), only_secrets(readers)))
        count += finding.kind == kind ? 1 : 0;
    return count;
}

EventSpec made(const std::string& resource, const std::string& group, const std::string& subresource = "") {
    return {.level = "Request",
            .verb = "create",
            .object = R"({"resource":")" + resource + R"(","apiGroup":")" + group + R"(","subresource":")" +
                      subresource + R"(","namespace":"shop","name":"x"})",
            .status = kMade,
            .request_object = kBody};
}

TEST(IndirectAccess, WhatRunsPodsIsAWorkload) {
    struct Kind {
        const char *resource, *group, *subresource;
        bool is_workload;
    };
    for (const Kind& kind :
         {Kind{"pods", "", "", true}, Kind{"pods", "", "ephemeralcontainers", true},
          Kind{"pods", "", "status", false}, Kind{"replicationcontrollers", "", "", true},
          Kind{"podtemplates", "", "", true}, Kind{"configmaps", "", "", false},
          Kind{"deployments", "apps", "", true}, Kind{"deployments", "apps", "scale", false},
          Kind{"statefulsets", "apps", "", true}, Kind{"jobs", "batch", "", true},
          Kind{"cronjobs", "batch", "", true}, Kind{"pods", "example.com", "", false},
          Kind{"widgets", "example.com", "", false}}) {
        EXPECT_EQ(told("secret-read-indirect", {made(kind.resource, kind.group, kind.subresource)}),
                  kind.is_workload ? 1U : 0U)
            << kind.group << '/' << kind.resource << '/' << kind.subresource;
    }
}

TEST(IndirectAccess, AWriteThatSucceedsByOneWhoMayNotReadIsTold) {
    struct Change {
        const char* what;
        void (*change)(EventSpec&);
        bool is_told;
    };
    for (const Change& one : {
             Change{"as it is", [](EventSpec&) {}, true},
             Change{"an update", [](EventSpec& spec) { spec.verb = "update"; }, true},
             Change{"a patch", [](EventSpec& spec) { spec.verb = "patch"; }, true},
             Change{"a delete", [](EventSpec& spec) { spec.verb = "delete"; }, false},
             Change{"a read", [](EventSpec& spec) { spec.verb = "get"; }, false},
             Change{"refused", [](EventSpec& spec) { spec.status = R"({"metadata":{},"code":403})"; }, false},
             Change{"tried out",
                    [](EventSpec& spec) { spec.uri = "/api/v1/namespaces/shop/pods?dryRun=All"; }, false},
             Change{"by a reader", [](EventSpec& spec) { spec.user = R"({"username":"owner"})"; }, false},
             Change{"by a master",
                    [](EventSpec& spec) { spec.user = R"({"username":"root","groups":["system:masters"]})"; },
                    false},
             Change{"another Secret",
                    [](EventSpec& spec) {
                        spec.request_object = R"({"spec":{"volumes":[{"secret":{"secretName":"dbx"}}]}})";
                    },
                    false},
             Change{"another namespace",
                    [](EventSpec& spec) {
                        spec.object =
                            R"({"resource":"pods","namespace":"shops","name":"x","apiVersion":"v1"})";
                    },
                    false},
             Change{"no name yet",  // generateName
                    [](EventSpec& spec) {
                        spec.object = R"({"resource":"pods","namespace":"shop","apiVersion":"v1"})";
                    },
                    true},
             Change{"the answer counts, not what was asked for",
                    [](EventSpec& spec) {
                        spec.level = "RequestResponse";
                        spec.request_object =
                            R"({"kind":"Pod","metadata":{"annotations":{"secret":"none"}}})";
                        spec.response_object = kBody;
                    },
                    true},
         }) {
        EventSpec spec = made("pods", "");
        one.change(spec);
        EXPECT_EQ(told("secret-read-indirect", {spec}), one.is_told ? 1U : 0U) << one.what;
    }
}

TEST(IndirectAccess, EveryReferenceToASecretCounts) {
    const std::pair<const char*, bool> bodies[] = {
        {R"({"spec":{"volumes":[{"secret":{"secretName":"db"}}]}})", true},
        {R"({"spec":{"volumes":[{"projected":{"sources":[{"secret":{"name":"db"}}]}}]}})", true},
        {R"({"spec":{"containers":[{"env":[{"valueFrom":{"secretKeyRef":{"name":"db","key":"k"}}}]}]}})",
         true},
        {R"({"spec":{"containers":[{"envFrom":[{"secretRef":{"name":"db"}}]}]}})", true},
        {R"({"spec":{"volumes":[{"csi":{"nodePublishSecretRef":{"name":"db"}}}]}})", true},
        {R"({"spec":{"imagePullSecrets":[{"name":"db"}]}})", true},
        {R"({"spec":{"imagePullSecrets":[{"name":"registry"},{"name":"db"}]}})", true},
        {R"({"spec":{"imagePullSecrets":{"name":"db"}}})", false},
        {R"({"spec":{"imagePullSecrets":["db"]}})", false},
        {R"({"spec":{"volumes":[{"secret":{"secretName":["db"]}}]}})", false},
        {R"({"spec":{"volumes":[{"secret":"db"}]}})", false},
        {R"({"spec":{"volumes":[{"configMap":{"name":"db"}}]},"about":"secret"})", false},
    };
    for (const auto& [body, is_told] : bodies) {
        EventSpec spec = made("pods", "");
        spec.request_object = body;
        EXPECT_EQ(told("secret-read-indirect", {spec}), is_told ? 1U : 0U) << body;
    }
}

// 32 levels are walked: the reference stands as deep as it may, and one deeper.
TEST(IndirectAccess, AReferenceIsSoughtThirtyTwoLevelsDeep) {
    const auto nested = [](size_t levels) {
        std::string body = R"({"secret":{"secretName":"db"}})";
        for (size_t i = 0; i < levels; ++i) body = R"({"a":)" + body + "}";
        return body;
    };
    for (const auto& [levels, is_told] : {std::pair{31, true}, {32, true}, {33, false}}) {
        EventSpec spec = made("pods", "");
        spec.request_object = nested(static_cast<size_t>(levels));
        EXPECT_EQ(told("secret-read-indirect", {spec}), is_told ? 1U : 0U) << levels;
    }
}

TEST(IndirectAccess, GoingIntoAPodThatHasItIsTold) {
    EventSpec pod = made("pods", "");
    pod.user = R"({"username":"owner"})";
    const auto into = [](const std::string& subresource, const std::string& name = "x") {
        return EventSpec{.verb = "create",
                         .object = R"({"resource":"pods","namespace":"shop","name":")" + name +
                                   R"(","subresource":")" + subresource + "\"}",
                         .status = R"({"metadata":{},"code":101})"};
    };
    EventSpec gone{.verb = "delete", .object = R"({"resource":"pods","namespace":"shop","name":"x"})"};
    EventSpec other = gone;
    other.object = R"({"resource":"replicationcontrollers","namespace":"shop","name":"x"})";
    EventSpec trusted = into("exec"), reader = into("exec");
    trusted.user = R"({"username":"root","groups":["system:masters"]})";
    reader.user = R"({"username":"owner"})";
    EXPECT_EQ(told("secret-read-indirect", {pod, into("exec")}), 1U);
    EXPECT_EQ(told("secret-read-indirect", {pod, into("attach")}), 1U);
    EXPECT_EQ(told("secret-read-indirect", {pod, into("portforward")}), 0U);
    EXPECT_EQ(told("secret-read-indirect", {pod, into("log")}), 0U);
    EXPECT_EQ(told("secret-read-indirect", {pod, into("exec", "y")}), 0U);
    EXPECT_EQ(told("secret-read-indirect", {pod, gone, into("exec")}), 0U);
    EXPECT_EQ(told("secret-read-indirect", {pod, other, into("exec")}), 1U)
        << "another kind of that name went";
    EXPECT_EQ(told("secret-read-indirect", {into("exec"), pod}), 0U) << "it was not there yet";
    EXPECT_EQ(told("secret-read-indirect", {pod, trusted}), 0U);
    EXPECT_EQ(told("secret-read-indirect", {pod, reader}), 0U);
}

TEST(IndirectAccess, ATokenOfAReaderIsTold) {
    const EventSpec asked{
        .verb = "create",
        .object = R"({"resource":"serviceaccounts","namespace":"shop","name":"api","subresource":"token"})",
        .status = kMade};
    EventSpec own = asked, master = asked;
    own.user = R"({"username":"system:serviceaccount:shop:api",)"
               R"("groups":["system:serviceaccounts","system:serviceaccounts:shop"]})";
    master.user = R"({"username":"root","groups":["system:masters"]})";
    for (const char* reader : {"system:serviceaccount:shop:api", "group:system:serviceaccounts",
                               "group:system:serviceaccounts:shop"}) {
        EXPECT_EQ(told("secret-read-indirect", {asked}, {reader}), 1U) << reader;
        EXPECT_EQ(told("secret-read-indirect", {own}, {reader}), 0U) << reader;
        EXPECT_EQ(told("secret-read-indirect", {master}, {reader}), 0U) << reader;
    }
    for (const char* reader : {"system:serviceaccount:shop:apis", "system:serviceaccount:bank:api",
                               "group:system:serviceaccounts:bank", "owner"})
        EXPECT_EQ(told("secret-read-indirect", {asked}, {reader}), 0U) << reader;
}

}  // namespace
}  // namespace redshank
