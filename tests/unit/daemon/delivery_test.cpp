#include "daemon/delivery/delivery.h"

#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <fstream>

#include "core/finding/finding_json.h"
#include "exporters/pagerduty.h"
#include "exporters/slack.h"
#include "exporters/webhook.h"
#include "tests/support/http_server.h"

namespace redshank {
namespace {

Finding finding_of(const std::string& id, Severity severity = Severity::Critical) {
    Finding finding{
        .id = id, .detector = "d", .kind = "k", .severity = severity, .title = "T", .summary = "s"};
    finding.cluster = "c";
    finding.count = 1;
    return finding;
}

TEST(Delivery, BringsAFindingToEveryReceiver) {
    test::HttpServer webhook([](const test::Request&) { return test::Response{}; });
    test::HttpServer slack([](const test::Request&) { return test::Response{.body = "ok"}; });
    const std::string url_file = ::testing::TempDir() + "slack_url";
    std::ofstream(url_file) << slack.url("/services/secret") << "\n";
    Metrics metrics;
    Delivery delivery({.receivers = {{.name = "hook",
                                      .type = "webhook",
                                      .own = WebhookConfig{.target = {.url = webhook.url("/hook")}}},
                                     {.name = "chat",
                                      .type = "slack",
                                      .own = SlackConfig{.target = {.url_file = url_file}}}},
                       .cluster = "c"},
                      metrics);
    delivery.start();
    delivery.hand_over({finding_of("f_1")});
    ASSERT_TRUE(webhook.wait_for(1));
    ASSERT_TRUE(slack.wait_for(1));
    delivery.stop();
    const auto body = finding_from_json(webhook.requests()[0].body);
    ASSERT_TRUE(body);
    EXPECT_EQ(body->id, "f_1");
    EXPECT_EQ(slack.requests()[0].target, "/services/secret");
    EXPECT_NE(
        metrics.serialize(Metrics::Format::Text).find("redshank_notifications_total{receiver=\"chat\"} 1"),
        std::string::npos);
}

TEST(Delivery, TriesAgainAfterAFailure) {
    std::atomic<int> calls{0};
    test::HttpServer webhook([&](const test::Request&) {
        switch (calls++) {
            case 0:
                return test::Response{.manner = test::Response::Manner::Reset};
            case 1:
                return test::Response{.status = 503};
            default:
                return test::Response{};
        }
    });
    Metrics metrics;
    Delivery delivery({.receivers = {{.name = "hook",
                                      .type = "webhook",
                                      .own = WebhookConfig{.target = {.url = webhook.url()}}}}},
                      metrics);
    delivery.start();
    delivery.hand_over({finding_of("f_1")});
    ASSERT_TRUE(webhook.wait_for(3));
    const auto requests = webhook.requests();
    EXPECT_EQ(requests[0].headers.at("webhook-id"), requests[2].headers.at("webhook-id"));
}

TEST(Delivery, NamesTheReceiverThatCannotBeMade) {
    Metrics metrics;
    try {
        Delivery delivery({.receivers = {{.name = "oncall",
                                          .type = "pagerduty",
                                          .own = PagerdutyConfig{.routing_key_file = "/nowhere/k"},
                                          .place = {"x.toml", 4, 1}}}},
                          metrics);
        FAIL();
    } catch (const std::runtime_error& error) {
        EXPECT_EQ(std::string(error.what()),
                  "x.toml:4:1: receiver \"oncall\": routing_key_file /nowhere/k: cannot read: "
                  "No such file or directory");
    }
}

}  // namespace
}  // namespace redshank
