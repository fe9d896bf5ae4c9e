#include "exporters/alert.h"

#include <gtest/gtest.h>

#include "tests/unit/exporters/sample_alerts.h"

namespace redshank {
namespace {

TEST(Alert, OfAFindingIsTheFindings) {
    Finding finding = test::secret_read();
    finding.status = FindingStatus::Resolved;
    const Alert alert = alert_of(finding, test::kAlertTime);
    EXPECT_EQ(alert.id, finding.id);
    EXPECT_EQ(alert.status, FindingStatus::Resolved);
    EXPECT_EQ(alert.severity, Severity::Critical);
    EXPECT_EQ(alert.created, test::kAlertTime);
    EXPECT_EQ(alert.finding.summary, finding.summary);
    EXPECT_FALSE(alert.incident);
    EXPECT_FALSE(alert.test);
}

// The id of a notification is what receivers tell retries by.
TEST(Alert, WhatIsNewInAFindingMakesANewNotification) {
    const Finding finding = test::secret_read();
    const std::string first = alert_of(finding, test::kAlertTime).notification;
    EXPECT_EQ(alert_of(finding, test::kAlertTime + std::chrono::hours{1}).notification, first);
    Finding other = finding;
    other.summary = "the same in other words";
    EXPECT_EQ(alert_of(other, test::kAlertTime).notification, first);
    other = finding, other.id = "f_other";
    EXPECT_NE(alert_of(other, test::kAlertTime).notification, first);
    other = finding, other.status = FindingStatus::Resolved;
    EXPECT_NE(alert_of(other, test::kAlertTime).notification, first);
    other = finding, other.severity = Severity::High;
    EXPECT_NE(alert_of(other, test::kAlertTime).notification, first);
    other = finding, ++other.count;
    EXPECT_NE(alert_of(other, test::kAlertTime).notification, first);
}

TEST(Alert, ATestIsMarkedAndNewEachTime) {
    const Alert one = test_alert("prod", test::kAlertTime);
    EXPECT_TRUE(one.test);
    EXPECT_EQ(one.finding.cluster, "prod");
    EXPECT_EQ(one.finding.kind, "test-alert");
    EXPECT_EQ(one.finding.detector, "test");
    EXPECT_EQ(one.finding.count, 1u);
    EXPECT_EQ(one.severity, Severity::Info);
    EXPECT_EQ(one.finding.time, test::kAlertTime);
    EXPECT_EQ(one.finding.first_seen, test::kAlertTime);
    EXPECT_EQ(one.finding.last_seen, test::kAlertTime);
    EXPECT_NE(test_alert("prod", test::kAlertTime + std::chrono::seconds{1}).id, one.id);
    EXPECT_NE(test_alert("dev", test::kAlertTime).id, one.id);
}

TEST(Alert, AHeartbeatIsOneAlertWithANewNotificationEachTime) {
    const Alert one = heartbeat_alert("prod", test::kAlertTime);
    const Alert next = heartbeat_alert("prod", test::kAlertTime + std::chrono::seconds{1});
    EXPECT_EQ(one.id, next.id);
    EXPECT_NE(one.notification, next.notification);
    EXPECT_NE(heartbeat_alert("dev", test::kAlertTime).id, one.id);
    EXPECT_EQ(one.finding.cluster, "prod");
    EXPECT_EQ(one.finding.kind, "heartbeat");
    EXPECT_EQ(one.finding.detector, "heartbeat");
    EXPECT_EQ(one.finding.time, test::kAlertTime);
    EXPECT_FALSE(one.test);
}

TEST(Alert, IsTheSameAfterItWasStored) {
    Alert alert = test::summary_alert();
    alert.incident = test::incident_alert().incident;
    alert.turn = IncidentTurn::Escalated;
    alert.test = true;
    alert.status = FindingStatus::Resolved;
    Alert again;
    ASSERT_TRUE(restore(again, stored(alert)));
    EXPECT_EQ(stored(again).text, stored(alert).text);
    EXPECT_EQ(again.findings, 9000u);
    EXPECT_EQ(again.turn, IncidentTurn::Escalated);
    EXPECT_EQ(again.incident->short_id(), "i_abcdef");
    EXPECT_FALSE(restore(again, {"{"}));
    EXPECT_FALSE(restore(again, {"{}"}));
    EXPECT_FALSE(restore(again, {"[]"}));
}

}  // namespace
}  // namespace redshank
