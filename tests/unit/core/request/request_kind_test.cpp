#include "core/request/request_kind.h"

#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <memory>
#include <string>

#include "core/request/request.h"
#include "tests/support/events.h"

namespace redshank {
namespace {

using test::EventSpec;
using Change = std::function<void(EventSpec&)>;

uint64_t kind_of(Symbols& symbols, const Change& change) {
    EventSpec spec;
    change(spec);
    const test::ParsedEvent event = spec.parsed();
    return symbols.understand(*event).kind.symbol;
}

TEST(RequestKind, WhatRulesAndHabitsAskOfItTellsItApart) {
    const Change changes[] = {
        [](EventSpec&) {},
        [](EventSpec& e) { e.level = "Request"; },
        [](EventSpec& e) { e.stage = "Panic"; },
        [](EventSpec& e) { e.verb = "list"; },
        [](EventSpec& e) { e.user = R"({"username":"bob","groups":["dev","system:authenticated"]})"; },
        [](EventSpec& e) { e.user = R"({"username":"alice","groups":["ops","system:authenticated"]})"; },
        [](EventSpec& e) { e.impersonated = R"({"username":"carol"})"; },
        [](EventSpec& e) {
            e.impersonated = R"({"username":"alice","groups":["dev","system:authenticated"]})";
        },
        [](EventSpec& e) { e.source_ip = "10.0.0.8"; },
        [](EventSpec& e) { e.agent = "curl/8"; },
        [](EventSpec& e) { e.object = ""; },
        [](EventSpec& e) { e.object = "{}"; },
        [](EventSpec& e) {
            e.object = R"({"resource":"pods","namespace":"shop","name":"web","apiVersion":"v2"})";
        },
        [](EventSpec& e) {
            e.object = R"({"resource":"pods","namespace":"web","name":"web","apiVersion":"v1"})";
        },
        [](EventSpec& e) {
            e.object = R"({"resource":"nodes","namespace":"shop","name":"web","apiVersion":"v1"})";
        },
        [](EventSpec& e) {
            e.object =
                R"({"resource":"pods","namespace":"shop","name":"web","apiVersion":"v1","apiGroup":"x"})";
        },
        [](EventSpec& e) {
            e.object =
                R"({"resource":"pods","namespace":"shop","name":"web","apiVersion":"v1","subresource":"x"})";
        },
        [](EventSpec& e) { e.status = R"({"code":201})"; },
        [](EventSpec& e) { e.decision = "forbid"; },
        [](EventSpec& e) { e.decision = "other"; },
        [](EventSpec& e) { e.reason = "because"; },
        [](EventSpec& e) { e.verb = "create"; },
        [](EventSpec& e) { e.verb = "create", e.uri = "/api/v1/namespaces/shop/pods?dryRun=All"; },
        // 403 with "allow" is admission's, without a decision the authorizer's or admission's by its words.
        [](EventSpec& e) { e.decision = "", e.status = R"({"code":403})"; },
        [](EventSpec& e) { e.decision = "", e.status = R"({"code":403,"message":"denied by quota"})"; },
        [](EventSpec& e) { e.request_object = "{}"; },
        [](EventSpec& e) { e.response_object = "{}"; },
        [](EventSpec& e) { e.more_annotations = R"(,"k":"v")"; },
    };
    Symbols symbols;
    std::map<uint64_t, size_t> seen;
    for (size_t i = 0; i < std::size(changes); ++i) {
        const auto [at, is_new] = seen.emplace(kind_of(symbols, changes[i]), i);
        EXPECT_TRUE(is_new) << i << " as " << at->second;
    }
    for (size_t i = 0; i < std::size(changes); ++i) EXPECT_EQ(seen[kind_of(symbols, changes[i])], i);
}

uint64_t deed_of(Symbols& symbols, const Change& change) {
    EventSpec spec;
    change(spec);
    const test::ParsedEvent event = spec.parsed();
    return symbols.understand(*event).kind.deed.symbol;
}

TEST(RequestKind, WhoWhereAndByWhichRightAreNoPartOfTheDeed) {
    const Change changes[] = {
        [](EventSpec& e) { e.user = R"({"username":"bob","uid":"7","groups":["ops"]})"; },
        [](EventSpec& e) { e.source_ip = "10.0.0.8"; },
        [](EventSpec& e) { e.agent = "curl/8"; },
        [](EventSpec& e) { e.reason = "because"; },
        [](EventSpec& e) {
            e.object = R"({"resource":"pods","namespace":"web","name":"db","apiVersion":"v1"})";
        },
    };
    Symbols symbols;
    const uint64_t usual = deed_of(symbols, [](EventSpec&) {});
    EXPECT_NE(usual, 0U);
    for (size_t i = 0; i < std::size(changes); ++i) EXPECT_EQ(deed_of(symbols, changes[i]), usual) << i;
    const auto as = [&](const char* user) {
        return deed_of(
            symbols, [&](EventSpec& e) { e.impersonated = std::string(R"({"username":")") + user + "\"}"; });
    };
    EXPECT_EQ(as("carol"), as("dave"));
}

TEST(RequestKind, WhatIsDoneHowItIsAnsweredAndTheClassOfTheSenderTellDeedsApart) {
    const Change changes[] = {
        [](EventSpec&) {},
        [](EventSpec& e) { e.level = "Request"; },
        [](EventSpec& e) { e.stage = "Panic"; },
        [](EventSpec& e) { e.verb = "list"; },
        [](EventSpec& e) {
            e.user = R"({"username":"system:node:n1","groups":["system:nodes","system:authenticated"]})";
        },
        [](EventSpec& e) { e.user = R"({"username":"system:kube-scheduler"})"; },
        [](EventSpec& e) { e.user = R"({"username":"system:serviceaccount:shop:web"})"; },
        // One of the control plane and a service account at once.
        [](EventSpec& e) {
            e.user = R"({"username":"system:serviceaccount:kube-system:deployment-controller"})";
        },
        [](EventSpec& e) { e.impersonated = R"({"username":"carol"})"; },
        [](EventSpec& e) { e.object = ""; },
        [](EventSpec& e) {
            e.object = R"({"resource":"pods","namespace":"shop","name":"web","apiVersion":"v2"})";
        },
        [](EventSpec& e) {
            e.object = R"({"resource":"nodes","namespace":"shop","name":"web","apiVersion":"v1"})";
        },
        [](EventSpec& e) {
            e.object =
                R"({"resource":"pods","namespace":"shop","name":"web","apiVersion":"v1","apiGroup":"x"})";
        },
        [](EventSpec& e) {
            e.object =
                R"({"resource":"pods","namespace":"shop","name":"web","apiVersion":"v1","subresource":"x"})";
        },
        [](EventSpec& e) { e.status = R"({"code":201})"; },
        [](EventSpec& e) { e.verb = "create"; },
        [](EventSpec& e) { e.verb = "create", e.uri = "/api/v1/namespaces/shop/pods?dryRun=All"; },
        [](EventSpec& e) { e.decision = "", e.status = R"({"code":403})"; },
        [](EventSpec& e) { e.decision = "", e.status = R"({"code":403,"message":"denied by quota"})"; },
        [](EventSpec& e) { e.request_object = "{}"; },
        [](EventSpec& e) { e.response_object = "{}"; },
        [](EventSpec& e) { e.more_annotations = R"(,"k":"v")"; },
    };
    Symbols symbols;
    std::map<uint64_t, size_t> seen;
    for (size_t i = 0; i < std::size(changes); ++i) {
        const auto [at, is_new] = seen.emplace(deed_of(symbols, changes[i]), i);
        EXPECT_TRUE(is_new) << i << " as " << at->second;
    }
    for (size_t i = 0; i < std::size(changes); ++i) EXPECT_EQ(seen[deed_of(symbols, changes[i])], i);
}

TEST(RequestKind, NoVerbIsAnotherKindThanAnEmptyOne) {
    const auto kind = [symbols = std::make_shared<Symbols>()](const char* verb) {
        const test::ParsedEvent event(std::string(R"({"kind":"Event","apiVersion":"audit.k8s.io/v1",)") +
                                      verb + R"("auditID":"a","stage":"ResponseComplete","requestURI":"/",)" +
                                      R"("stageTimestamp":"2026-01-05T10:00:00.000000Z"})");
        return symbols->understand(*event).kind.symbol;
    };
    EXPECT_NE(kind(""), kind(R"("verb":"",)"));
    EXPECT_EQ(kind(""), kind(""));
}

TEST(RequestKind, NamesUrisTimesIdsAndWhatBodiesSayAreNoPartOfIt) {
    Symbols symbols;
    const uint64_t usual = kind_of(symbols, [](EventSpec& e) {
        e.request_object = e.response_object = R"({"a":1})", e.more_annotations = R"(,"a":"b","c":"d")";
    });
    EXPECT_EQ(usual, kind_of(symbols, [](EventSpec& e) {
                  e.object =
                      R"({"resource":"pods","namespace":"shop","name":"db","uid":"u","apiVersion":"v1"})";
                  e.uri = "/x", e.audit_id = "b", e.request_object = "{}", e.response_object = "{}";
                  e.received = e.time = "2026-01-06T10:00:00.000000Z", e.more_annotations = R"(,"k":"v")";
              }));
}

TEST(PerKind, RemembersUntilTheKindHasLostItsPlace) {
    PerKind<int> remembered;
    const KindNumber first{1, 3}, second{2, 3}, nowhere{3, kNoPlace};
    EXPECT_EQ(remembered.find(first), nullptr);
    remembered.put(first, 10);
    ASSERT_NE(remembered.find(first), nullptr);
    EXPECT_EQ(*remembered.find(first), 10);
    EXPECT_EQ(remembered.find(second), nullptr);
    remembered.put(second, 20);
    EXPECT_EQ(remembered.find(first), nullptr);
    EXPECT_EQ(*remembered.find(second), 20);
    remembered.put(nowhere, 30);
    EXPECT_EQ(remembered.find(nowhere), nullptr);
    EXPECT_EQ(remembered.find({}), nullptr);
    remembered.clear();
    EXPECT_EQ(remembered.find(second), nullptr);
}

TEST(PerKind, NoKindIsRememberedWhereNothingWasPut) {
    PerKind<int> remembered;
    remembered.put({7, 5}, 1);
    EXPECT_EQ(remembered.find({0, 2}), nullptr) << "an empty place has the symbol 0, which is no kind's";
}

}  // namespace
}  // namespace redshank
