// The whole detector on invented requests, one for each minute.
#include "detectors/crd/detector.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/state/row.h"
#include "detectors/crd/resource.h"
#include "tests/support/config.h"
#include "tests/unit/detectors/crd_requests.h"

namespace redshank {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;
using testing::Contains;
using testing::Field;
using testing::HasSubstr;
using testing::IsEmpty;

using test::kBoom;
using test::kForbidden;
using test::kNoRoute;
using test::kOk;
using test::kOperator;

class CrdHealth : public test::CrdRequests {};

TEST_F(CrdHealth, OutageIsFoundNamedAndResolvedOnce) {
    repeat(100, seconds{10}, {});
    repeat(30, seconds{10}, {.status = kBoom});
    ASSERT_EQ(findings("crd-failing").size(), 1U);
    const Finding finding = findings("crd-failing")[0];
    EXPECT_EQ(finding.severity, Severity::High);
    EXPECT_EQ(finding.what().group, "example.com");
    EXPECT_THAT(finding.summary, testing::StartsWith("widgets.example.com fails: "));
    EXPECT_THAT(finding.reasons, Contains(Field(&Reason::name, "first-failure")));
    EXPECT_EQ(reports().at(0).verdict, "failing");
    repeat(60, seconds{10}, {});
    EXPECT_EQ(findings("crd-failing")[0].status, FindingStatus::Resolved);
    EXPECT_EQ(findings("crd-failing").size(), 1U);
}

TEST_F(CrdHealth, RestartOpensNothingTwice) {
    repeat(100, seconds{10}, {});
    repeat(20, seconds{10}, {.status = kBoom});
    restart();
    repeat(20, seconds{10}, {.status = kBoom});
    restart();
    repeat(60, seconds{10}, {});
    ASSERT_EQ(findings("crd-failing").size(), 1U);
    EXPECT_EQ(findings("crd-failing")[0].status, FindingStatus::Resolved);
    EXPECT_EQ(findings("crd-failing")[0].count, 40U);
}

TEST_F(CrdHealth, SavedRowsComeBackAsTheyWere) {
    repeat(50, seconds{10}, {.status = kBoom});
    repeat(50, seconds{10}, {.subresource = "status", .verb = "update", .user = kOperator});
    const test::MemoryState before = saved();
    EXPECT_EQ(before.tables.at("crd_health.resource").size(), 1U);
    const auto again = read_row<crd::Resource>(before.tables.at("crd_health.resource").begin()->second);
    ASSERT_TRUE(again);
    EXPECT_EQ(write_row(*again), before.tables.at("crd_health.resource").begin()->second);
}

TEST_F(CrdHealth, OneClientWithOneObjectHasToInsist) {
    repeat(100, seconds{10}, {});
    for (int i = 0; i < 12; ++i) {
        now_ += seconds{10};
        send({.name = "w0", .verb = "update", .status = kBoom});
    }
    EXPECT_THAT(findings("crd-failing"), IsEmpty());
    for (int i = 0; i < 60; ++i) {
        now_ += seconds{10};
        send({.name = "w0", .verb = "update", .status = kBoom});
    }
    EXPECT_EQ(findings("crd-failing").size(), 1U);
}

TEST_F(CrdHealth, NamesTheChangeBefore) {
    crd("create", "widgets.example.com");
    repeat(100, seconds{10}, {});
    crd("delete", "widgets.example.com");
    repeat(10, seconds{10}, {.status = kNoRoute});
    ASSERT_EQ(findings("crd-failing").size(), 1U);
    EXPECT_THAT(findings("crd-failing")[0].summary, HasSubstr("alice deleted CustomResourceDefinition"));
    EXPECT_EQ(reports().at(0).custom_because, "crd-event");
}

TEST_F(CrdHealth, HowItIsKnownIsSaidOnceInTheMetrics) {
    struct Because : MetricWriter {
        std::map<std::string, double> values;  // kept over scrapes: a series that was written once stays
        void write(const Metric& metric, const Labels& labels, double value) override {
            if (metric.name == std::string_view("redshank_crd_info")) values[labels.back().second] = value;
        }
    } because;
    repeat(5, seconds{1}, {});
    engine_->measure(because);
    EXPECT_EQ(because.values["group-name"], 1);
    crd("update", "widgets.example.com");
    repeat(5, seconds{1}, {});
    engine_->measure(because);
    EXPECT_EQ(because.values["group-name"], 0);
    EXPECT_EQ(because.values["crd-event"], 1);
}

TEST_F(CrdHealth, InstallationHasGrace) {
    repeat(5, seconds{1}, {.status = kNoRoute});
    crd("create", "widgets.example.com");
    repeat(10, seconds{1}, {.status = kNoRoute});
    repeat(100, seconds{10}, {});
    EXPECT_THAT(told_, IsEmpty());
}

TEST_F(CrdHealth, WhatWasNeverServedIsNoCustomResource) {
    repeat(50, seconds{1}, {.group = "unknown.group.io", .status = kForbidden, .decision = "forbid"});
    repeat(5, seconds{1}, {.group = "metrics.k8s.io", .resource = "nodes"});
    repeat(5, seconds{1}, {.group = "apps", .resource = "deployments"});
    repeat(5, seconds{1}, {.group = "networking.k8s.io", .resource = "ingresses"});
    EXPECT_THAT(reports(), IsEmpty());
    repeat(5, seconds{1}, {.group = "gateway.networking.k8s.io", .resource = "gateways"});
    ASSERT_EQ(reports().size(), 1U);
    EXPECT_EQ(reports()[0].custom_because, "group-name");
}

TEST_F(CrdHealth, AskingForWhatIsNotInstalledIsFoundAfterAWhile) {
    repeat(40, seconds{30}, {.group = "missing.example.com", .verb = "list", .status = kNoRoute});
    ASSERT_EQ(findings("crd-failing").size(), 1U);
    EXPECT_EQ(findings("crd-failing")[0].severity, Severity::Medium);
}

TEST_F(CrdHealth, OperatorThatLostItsRights) {
    repeat(30, seconds{10}, {.verb = "update", .user = kOperator});
    repeat(40, seconds{10},
           {.verb = "update", .user = kOperator, .status = kForbidden, .decision = "forbid"});
    ASSERT_EQ(findings("crd-operator-refused").size(), 1U);
    EXPECT_EQ(findings("crd-operator-refused")[0].severity, Severity::High);
    EXPECT_THAT(findings("crd-failing"), IsEmpty());  // the resource works
    repeat(60, seconds{10}, {.verb = "update", .user = kOperator});
    EXPECT_EQ(findings("crd-operator-refused")[0].status, FindingStatus::Resolved);
}

TEST_F(CrdHealth, APersonWithoutRightsIsNoFinding) {
    repeat(100, seconds{10}, {.verb = "update", .user = "bob", .status = kForbidden, .decision = "forbid"});
    EXPECT_THAT(told_, IsEmpty());
}

TEST_F(CrdHealth, ControllerThatStopsIsMissed) {
    for (int i = 0; i < 40; ++i) {
        now_ += minutes{8};
        send({.name = "", .verb = "watch", .user = kOperator, .took = minutes{8}});
        send({});
    }
    EXPECT_THAT(told_, IsEmpty());
    repeat(60, minutes{2}, {});
    ASSERT_EQ(findings("crd-silent").size(), 1U);
    EXPECT_THAT(
        findings("crd-silent")[0].summary,
        HasSubstr("ervice account ops/widget-operator has sent no request on widgets.example.com for "));
    EXPECT_EQ(reports().at(0).verdict, "silent");
    now_ += minutes{2};
    send({.name = "", .verb = "watch", .user = kOperator, .took = minutes{8}});
    EXPECT_EQ(findings("crd-silent")[0].status, FindingStatus::Resolved);
}

TEST_F(CrdHealth, StatusThatNoLongerFollows) {
    for (int i = 0; i < 60; ++i) {
        now_ += minutes{2};
        send({.name = "w" + std::to_string(i), .verb = "update"});
        now_ += seconds{1};
        send({.subresource = "status", .verb = "update", .user = kOperator});
    }
    EXPECT_THAT(told_, IsEmpty());
    for (int i = 0; i < 30; ++i) {
        now_ += minutes{2};
        send({.name = "w" + std::to_string(i), .verb = "update"});
        send({.verb = "get", .user = kOperator});  // alive, but without any effect
    }
    ASSERT_EQ(findings("crd-silent").size(), 1U);
    EXPECT_THAT(findings("crd-silent")[0].title, HasSubstr("status"));
}

TEST_F(CrdHealth, SlownessIsLow) {
    repeat(200, seconds{1}, {.verb = "update"});
    repeat(60, seconds{1}, {.verb = "update", .took = std::chrono::milliseconds{1500}});
    ASSERT_EQ(findings("crd-slow").size(), 1U);
    EXPECT_EQ(findings("crd-slow")[0].severity, Severity::Low);
    repeat(400, seconds{1}, {.verb = "update"});
    EXPECT_EQ(findings("crd-slow")[0].status, FindingStatus::Resolved);
}

TEST_F(CrdHealth, OverridesDecide) {
    config_.of<crd::Config>() = test::parsed<crd::Config>(
        "[[override]]\nresources = [\"wid*.example.com\"]\nspend = [\"validation\"]\n");
    engine_ = std::make_unique<Engine>(config_);
    repeat(100, seconds{10}, {});
    repeat(30, seconds{10}, {.status = kBoom});
    EXPECT_THAT(findings("crd-failing"), IsEmpty());
}

TEST_F(CrdHealth, StateIsBoundedWhateverIsAsked) {
    crd("create", "widgets.example.com");
    repeat(10, seconds{1}, {});
    for (int i = 0; i < 20'000; ++i) {
        const std::string n = std::to_string(i);
        now_ += std::chrono::milliseconds{10};
        send({.group = "g" + n + ".example.com",
              .resource = "r" + n,
              .name = n,
              .subresource = "s" + n,
              .verb = "v" + n,
              .user = "u" + n,
              .status = kNoRoute});
        send({.name = n, .subresource = "s" + n, .verb = "v" + n, .user = "u" + n, .status = kForbidden});
    }
    const test::MemoryState state = saved();
    EXPECT_LE(state.tables.at("crd_health.resource").size(), 501U);
    size_t bytes = 0;
    for (const auto& [key, row] : state.tables.at("crd_health.resource")) bytes += row.size();
    EXPECT_LT(bytes, 4'000'000U);
    ASSERT_EQ(reports().size(), 1U);  // the real one was not evicted
    EXPECT_EQ(reports()[0].requests, 20'010U);
}

// A million resources, groups, users, names and audit IDs, half of them served: state must stay within the
// caps.
TEST(CrdHealthBounds, AMillionNamesLeaveBoundedState) {
    const auto detector = crd::make_detector({});
    FindingBook findings;
    Symbols symbols;
    audit::Event event;
    const std::string long_id(5'000, 'x');
    audit::Time now = *audit::parse_time("2026-01-05T10:00:00Z");
    for (int i = 0; i < 1'000'000; ++i) {
        const std::string n = std::to_string(i), group = "g" + n + ".example.com", user = "u" + n;
        now += std::chrono::milliseconds{1};
        event.stage = audit::Stage::ResponseComplete;
        event.audit_id = long_id;
        event.verb = "list";
        event.user.username = user;
        event.object = {.present = true, .resource = n, .name = n, .api_group = group};
        event.response = {.present = true, .code = i % 2 == 0 ? 200 : 404};
        event.received = event.stage_time = now;
        const auto request = symbols.understand(event);
        detector->observe({.event = event,
                           .request = request,
                           .origin = {.cluster = "c", .source = "f"},
                           .answers = true,
                           .now = now},
                          findings);
    }
    test::MemoryState state;
    detector->save(state);
    size_t bytes = 0;
    for (const auto& [key, row] : state.tables.at("crd_health.resource")) bytes += row.size();
    EXPECT_LE(state.tables.at("crd_health.resource").size(), 5'500U);
    EXPECT_LT(bytes, 20'000'000U);
    EXPECT_EQ(findings.open(), 0U);
}

}  // namespace
}  // namespace redshank
