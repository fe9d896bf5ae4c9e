#include "daemon/delivery/delivery.h"

#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <fstream>
#include <iterator>

#include "core/finding/finding_json.h"
#include "daemon/store/store.h"
#include "exporters/pagerduty.h"
#include "exporters/slack.h"
#include "exporters/webhook.h"
#include "tests/support/http_server.h"
#include "tests/support/temp_dir.h"

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
    delivery.hand_over({News{.finding = finding_of("f_1")}});
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
    delivery.hand_over({News{.finding = finding_of("f_1")}});
    ASSERT_TRUE(webhook.wait_for(3));
    const auto requests = webhook.requests();
    EXPECT_EQ(requests[0].headers.at("webhook-id"), requests[2].headers.at("webhook-id"));
}

TEST(Delivery, StopsOnceAllIsAcceptedOrItsTimeIsOver) {
    test::HttpServer takes([](const test::Request&) { return test::Response{}; });
    test::HttpServer never(
        [](const test::Request&) { return test::Response{.manner = test::Response::Manner::BlackHole}; });
    for (const auto& [receiver, grace] :
         {std::pair<test::HttpServer*, audit::Duration>{&takes, std::chrono::hours{24}},
          {&never, std::chrono::milliseconds{1}}}) {
        Metrics metrics;
        Delivery delivery({.receivers = {{.name = "hook",
                                          .type = "webhook",
                                          .own = WebhookConfig{.target = {.url = receiver->url()}}}}},
                          metrics);
        delivery.start();
        delivery.hand_over({News{.finding = finding_of("f_1")}});
        ASSERT_TRUE(receiver->wait_for(1));
        delivery.stop(grace);
    }
}

TEST(Delivery, AReloadTurnsToTheReceiversThatAreConfiguredNow) {
    test::HttpServer before([](const test::Request&) { return test::Response{}; });
    test::HttpServer after([](const test::Request&) { return test::Response{}; });
    const auto to = [](const test::HttpServer& server) {
        return Delivery::Config{
            .receivers = {
                {.name = "hook", .type = "webhook", .own = WebhookConfig{.target = {.url = server.url()}}}}};
    };
    Metrics metrics;
    Delivery delivery(to(before), metrics);
    delivery.start();
    delivery.hand_over({News{.finding = finding_of("f_1")}});
    ASSERT_TRUE(before.wait_for(1));
    delivery.reload(to(after));
    delivery.hand_over({News{.finding = finding_of("f_2")}});
    ASSERT_TRUE(after.wait_for(1));
    delivery.stop();
    EXPECT_EQ(finding_from_json(after.requests()[0].body)->id, "f_2");
    EXPECT_EQ(before.requests().size(), 1u);
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

// Makes a page of a closed database unreadable: a page of rows that contains this text.
void damage_page_of(const std::string& database, const std::string& text) {
    constexpr size_t kPage = 4096;
    constexpr char kLeaf = 10;  // leaf page of a table without rowid
    std::fstream file(database, std::ios::in | std::ios::out | std::ios::binary);
    const std::string bytes(std::istreambuf_iterator<char>(file), {});
    for (size_t at = kPage; at < bytes.size(); at += kPage) {
        if (bytes[at] != kLeaf || bytes.substr(at, kPage).find(text) == bytes.npos) continue;
        file.clear();
        file.seekp(static_cast<std::streamoff>(at));
        file.put('\xff');
        return;
    }
    FAIL() << text;
}

TEST(Delivery, SilencesThatCannotBeReadCostNoFinding) {
    const test::TempDir folder;
    const std::string database = folder.file("redshank.db");
    {
        const auto store = Store::open(database, Store::Mode::ReadWrite);
        store->begin();
        for (int i = 100; i < 400; ++i) {
            store->writer().put("silences", "s_" + std::to_string(i), std::string(800, 'x'));
        }
        for (int i = 0; i < 10; ++i) store->enqueue(News{.finding = finding_of("f_" + std::to_string(i))});
        ASSERT_TRUE(store->commit());
    }
    damage_page_of(database, "s_250");
    test::HttpServer webhook([](const test::Request&) { return test::Response{}; });
    Metrics metrics;
    Delivery delivery({.receivers = {{.name = "hook",
                                      .type = "webhook",
                                      .own = WebhookConfig{.target = {.url = webhook.url()}},
                                      .group_by = std::vector<std::string>{},
                                      .group_wait = audit::Duration{},
                                      .group_interval = audit::Duration{}}},
                       .store = database},
                      metrics);
    delivery.hand_over({News{.finding = finding_of("f_10")}, News{.finding = finding_of("f_11")}}, false);
    EXPECT_TRUE(delivery.can_read_state());
    delivery.start();
    EXPECT_TRUE(webhook.wait_for(12));
    EXPECT_FALSE(delivery.can_read_state());
    delivery.stop();
}

}  // namespace
}  // namespace redshank
