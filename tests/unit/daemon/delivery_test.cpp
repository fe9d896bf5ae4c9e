#include "daemon/delivery/delivery.h"

#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <fstream>
#include <functional>
#include <iterator>
#include <utility>

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

// Receivers within the test: each answers when it is asked for answers, if it answers at all.
struct Far {
    std::vector<HttpRequest> sent;
    bool answers = true;
    std::function<void(const HttpRequest&)> on_send = [](const HttpRequest&) {};
    std::function<void(audit::Duration)> on_poll = [](audit::Duration) {};
};
class NearTransport final : public Transport {
  public:
    explicit NearTransport(Far& far) : far_(far) {}
    void send(uint64_t token, Message message, const HttpOptions&) override {
        far_.sent.push_back(std::get<HttpRequest>(message));
        far_.on_send(far_.sent.back());
        if (far_.answers) answers_.push_back({token, {.status = 200}});
    }
    std::vector<HttpSender::Answer> poll(audit::Duration wait) override {
        far_.on_poll(wait);
        return std::exchange(answers_, {});
    }
    void wake() override {}

  private:
    Far& far_;
    std::vector<HttpSender::Answer> answers_;
};

// The delivery side of a database, turn by turn. What becomes of it at the end is as after kill -9.
class DeliveryOfAStore : public ::testing::Test {
  protected:
    std::unique_ptr<Delivery> start(std::optional<audit::Duration> group_wait = std::nullopt) {
        Delivery::Config config{.receivers = {{.name = "hook",
                                               .type = "webhook",
                                               .own = WebhookConfig{.target = {.url = "http://hook"}},
                                               .group_by = group_by_,
                                               .group_wait = group_wait}},
                                .cluster = "c",
                                .store = folder_.file("redshank.db")};
        auto out =
            std::make_unique<Delivery>(std::move(config), metrics_, std::make_unique<NearTransport>(far_));
        out->open();
        return out;
    }
    void commit(const std::string& incident) const {
        News news{.finding = finding_of("f_" + incident, Severity::High)};
        news.incident = Incident{.id = incident};
        news.incident->severity = Severity::High;
        news.turn = IncidentTurn::Opened;
        store_->begin();
        store_->enqueue(news);
        ASSERT_TRUE(store_->commit());
    }
    size_t in_outbox() const { return store_->outbox(100).size(); }
    size_t in_queues() const {
        size_t rows = 0;
        store_->state().scan("delivery.queue", "", [&](std::string_view, std::string_view) { ++rows; });
        return rows;
    }
    std::string notification(size_t at) const {
        for (const auto& [name, value] : far_.sent.at(at).headers) {
            if (name == "webhook-id") return value;
        }
        return {};
    }

    test::TempDir folder_;
    std::unique_ptr<Store> store_ = Store::open(folder_.file("redshank.db"), Store::Mode::ReadWrite);
    Metrics metrics_;
    Far far_;
    std::optional<std::vector<std::string>> group_by_;
};

TEST_F(DeliveryOfAStore, SendsBeforeItSavesAndTheSameAfterAKill) {
    commit("i_1");
    far_.answers = false;
    far_.on_send = [&](const HttpRequest&) { EXPECT_EQ(in_outbox(), 1u); };
    start()->turn();
    ASSERT_EQ(far_.sent.size(), 1u);
    EXPECT_EQ(in_outbox(), 1u);
    EXPECT_EQ(in_queues(), 0u);
    start()->turn();
    ASSERT_EQ(far_.sent.size(), 2u);
    EXPECT_NE(notification(0), "");
    EXPECT_EQ(notification(0), notification(1));
}

TEST_F(DeliveryOfAStore, SavesWhatWasTakenOverTogetherWithItsAnswer) {
    commit("i_1");
    auto delivery = start();
    delivery->turn();
    EXPECT_EQ(in_outbox(), 1u);
    delivery->turn();
    EXPECT_EQ(in_outbox(), 0u);
    EXPECT_EQ(in_queues(), 0u);
    delivery = start();
    delivery->turn();
    EXPECT_EQ(far_.sent.size(), 1u);
}

// Of the twenty-first incident in five minutes the next process would make another message.
TEST_F(DeliveryOfAStore, SavesFirstWhatAnotherProcessWouldTellOtherwise) {
    size_t waiting = 100;
    far_.on_send = [&](const HttpRequest&) { waiting = std::min(waiting, in_outbox()); };
    for (int i = 1; i <= 20; ++i) commit("i_" + std::to_string(i));
    start()->turn();
    EXPECT_EQ(waiting, 20u);
    commit("i_21");
    start()->turn();
    EXPECT_EQ(waiting, 0u);
    EXPECT_GE(in_queues(), 1u);
}

TEST_F(DeliveryOfAStore, SavesFirstWhatTimeHasMadeDue) {
    group_by_ = {"incident"};
    size_t waiting = 100;
    far_.on_send = [&](const HttpRequest&) { waiting = in_outbox(); };
    commit("i_1");
    auto delivery = start(std::chrono::milliseconds{5});
    while (far_.sent.empty()) delivery->turn();
    EXPECT_EQ(waiting, 0u);
}

// It is in no outbox.
TEST_F(DeliveryOfAStore, SavesFirstWhatWasHandedOver) {
    auto delivery = start();
    size_t saved = 0;
    far_.on_send = [&](const HttpRequest&) { saved = in_queues(); };
    delivery->hand_over({News{.finding = finding_of("f_1")}});
    while (far_.sent.empty()) delivery->turn();
    EXPECT_EQ(saved, 1u);
}

// The wake-up for it may have been heard in vain, so that nothing is waited for until it is sent.
TEST_F(DeliveryOfAStore, WhatComesWhileItSavesIsSentAtOnce) {
    commit("i_1");
    auto delivery = start();
    bool has_waited = false;
    far_.on_poll = [&](audit::Duration wait) {
        if (wait == audit::Duration{}) {
            commit("i_2");
        } else if (in_outbox() > 0 && far_.sent.size() == 1) {
            has_waited = true;
        }
    };
    delivery->turn();
    has_waited = false;  // for the first answer
    delivery->turn();
    ASSERT_EQ(far_.sent.size(), 1u);
    ASSERT_EQ(in_outbox(), 1u);
    far_.on_poll = [](audit::Duration) {};
    delivery->turn();
    EXPECT_EQ(far_.sent.size(), 2u);
    EXPECT_FALSE(has_waited);
}

}  // namespace
}  // namespace redshank
