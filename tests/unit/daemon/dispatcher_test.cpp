// Receivers that are slow, silent or dead, during hours of a clock that the test moves.
#include "daemon/delivery/dispatcher.h"

#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <fstream>
#include <map>
#include <set>

#include "core/state/checked_state.h"
#include "core/state/row.h"
#include "daemon/alerts/grouper.h"
#include "daemon/delivery/queue_rows.h"
#include "exporters/alertmanager.h"
#include "exporters/pagerduty.h"
#include "exporters/slack.h"
#include "exporters/webhook.h"
#include "tests/support/fake_transport.h"
#include "tests/support/memory_state.h"
#include "tests/support/temp_dir.h"

namespace redshank {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;
using Kind = Verdict::Kind;

using test::FakeTransport;
constexpr auto ok = FakeTransport::ok;

class DispatcherTest : public ::testing::Test {
  protected:
    void start(std::vector<ReceiverConfig> receivers, AlertsConfig alerts = {}) {
        config_ = {alerts, std::move(receivers), "c"};
        transport_.now = now_;
        dispatcher_ = std::make_unique<Dispatcher>(Dispatcher::prepare(config_), transport_, metrics_);
        dispatcher_->load(state_, now_);
    }
    // Changes the configuration as SIGHUP does.
    void reconfigure(std::vector<ReceiverConfig> receivers, AlertsConfig alerts = {}) {
        config_ = {alerts, std::move(receivers), "c"};
        dispatcher_->reconfigure(Dispatcher::prepare(config_), &state_, now_);
        dispatcher_->save(state_);
    }
    // Restarts as after kill -9: only saved state is left.
    void restart() {
        transport_.answers.clear();
        dispatcher_ = std::make_unique<Dispatcher>(Dispatcher::prepare(config_), transport_, metrics_);
        dispatcher_->load(state_, now_);
    }
    void accept(const Finding& finding) {
        dispatcher_->accept(finding, now_);
        dispatcher_->save(state_);
        turn();
    }
    void turn() {
        dispatcher_->tell_due(now_);
        dispatcher_->send(now_);
    }
    void run_for(audit::Duration span) {
        test::run_until(now_ + span, now_, *dispatcher_, transport_, [&] { dispatcher_->save(state_); });
    }

    static Finding finding(int number, Severity severity = Severity::High,
                           const std::string& user = "alice") {
        Finding out{
            .id = "f_" + std::to_string(number), .detector = "rule", .kind = "k", .severity = severity};
        out.title = "T";
        out.summary = "finding " + std::to_string(number);
        out.cluster = "c";
        out.actor = FindingActor{.user = user};
        out.count = 1;
        return out;
    }
    static boost::json::object body(const std::pair<audit::Time, HttpRequest>& message) {
        return boost::json::parse(message.second.body).as_object();
    }
    static std::string id(const std::pair<audit::Time, HttpRequest>& message) {
        return std::string(body(message).at("id").as_string());
    }
    std::vector<std::pair<audit::Time, HttpRequest>>& at(const std::string& url) {
        return transport_.accepted[url];
    }
    static ReceiverConfig hook(const std::string& name) {
        // Every finding is sent at once and by itself, so that a receiver's messages are the accepted
        // findings.
        return {.name = name,
                .type = "webhook",
                .own = WebhookConfig{.target = {.url = "http://" + name}},
                .group_by = std::vector<std::string>{},
                .group_wait = seconds{0},
                .group_interval = seconds{0}};
    }
    ReceiverConfig pager(const test::TempDir& folder) {
        test::write_file(folder.file("key"), std::string(32, 'k'));
        transport_.servers["http://pager/v2/enqueue"] = [](const HttpRequest&) {
            return FakeTransport::Reply{.answer = {.status = 202}};
        };
        return {.name = "pager",
                .type = "pagerduty",
                .own = PagerdutyConfig{.target = {.url = "http://pager"},
                                       .routing_key_file = folder.file("key"),
                                       .change_events = false}};
    }
    static ReceiverConfig chat(const std::string& url = "http://chat") {
        return {.name = "chat", .type = "slack", .own = SlackConfig{.target = {.url = url}}};
    }

    audit::Time now_ = *audit::parse_time("2026-01-05T10:00:00Z");
    Dispatcher::Config config_;
    FakeTransport transport_;
    Metrics metrics_;
    test::MemoryState state_;
    std::unique_ptr<Dispatcher> dispatcher_;
};

TEST_F(DispatcherTest, OneDeadReceiverDelaysNoOther) {
    const audit::Time recovery = now_ + hours{1};
    const auto down = [&](HttpAnswer answer, audit::Duration delay) {
        return [this, recovery, answer, delay](const HttpRequest& request) {
            return now_ < recovery ? FakeTransport::Reply{answer, delay} : ok(request);
        };
    };
    transport_.servers["http://hole"] = down({.problem = "timeout"}, seconds{30});
    transport_.servers["http://busy"] = down({.status = 429, .retry_after = seconds{60}}, milliseconds{20});
    transport_.servers["http://reset"] = down({.problem = "connection-lost"}, milliseconds{1});
    start({hook("hole"), hook("busy"), hook("reset"), hook("fine")});

    std::map<std::string, audit::Time> made;
    for (int i = 0; i < 600; ++i) {
        made[finding(i).id] = now_;
        accept(finding(i));
        run_for(seconds{6});
    }
    std::vector<audit::Duration> delays;
    for (const auto& message : at("http://fine")) delays.push_back(message.first - made.at(id(message)));
    std::sort(delays.begin(), delays.end());
    ASSERT_EQ(delays.size(), 600u);
    EXPECT_LT(delays[594], seconds{1});
    // Nothing is sent during the pause that the receiver asked for.
    EXPECT_LE(transport_.requests["http://busy"], 61u);

    run_for(minutes{30});
    for (const std::string url : {"http://hole", "http://busy", "http://reset", "http://fine"}) {
        std::set<std::string> ids;
        for (const auto& message : at(url)) ids.insert(id(message));
        EXPECT_EQ(ids.size(), 600u) << url;
        EXPECT_EQ(at(url).size(), 600u) << url;
    }
    EXPECT_TRUE(dispatcher_->idle(now_));
    EXPECT_TRUE(state_.tables["delivery.queue"].empty());
}

TEST_F(DispatcherTest, AStormBecomesAFewMessages) {
    ReceiverConfig plain_hook{
        .name = "hook", .type = "webhook", .own = WebhookConfig{.target = {.url = "http://hook"}}};
    start({chat(), plain_hook});
    for (int i = 0; i < 10'000; ++i) {
        accept(finding(i, Severity::Medium));
        run_for(milliseconds{1});
    }
    run_for(minutes{10});
    std::printf("storm of 10000 findings of one actor: slack %zu messages, webhook %zu messages\n",
                at("http://chat").size(), at("http://hook").size());
    ASSERT_EQ(at("http://chat").size(), 1u);
    EXPECT_NE(at("http://chat")[0].second.body.find("10000 findings in all"), std::string::npos);
    EXPECT_EQ(at("http://hook").size(), 11u);  // ten alone, the rest in one message
}

TEST_F(DispatcherTest, WhatIsGraverBreaksThroughAStorm) {
    start({chat()});
    audit::Time graver{}, newcomer{};
    for (int i = 0; i < 10'000; ++i) {
        if (i == 5000) {
            graver = now_;
            accept(finding(100'000, Severity::Critical));
        }
        if (i == 7000) {
            newcomer = now_;
            accept(finding(100'001, Severity::Critical, "bob"));
        }
        accept(finding(i, Severity::High));
        run_for(milliseconds{1});
    }
    run_for(minutes{10});
    ASSERT_EQ(at("http://chat").size(), 3u);
    EXPECT_LT(at("http://chat")[0].first - graver, seconds{1});
    EXPECT_NE(at("http://chat")[0].second.body.find("finding 100000"), std::string::npos);
    EXPECT_LT(at("http://chat")[1].first - newcomer, seconds{1});
    EXPECT_NE(at("http://chat")[1].second.body.find("finding 100001"), std::string::npos);
}

TEST_F(DispatcherTest, AThousandNamesMakeNoThousandMessages) {
    start({chat()});
    for (int i = 0; i < 1000; ++i) {
        accept(finding(i, Severity::Medium, "user" + std::to_string(i)));
        run_for(milliseconds{10});
    }
    run_for(minutes{2});
    EXPECT_EQ(at("http://chat").size(), Grouper::kNewGroups + 1);
}

TEST_F(DispatcherTest, CriticalGoesAtOnceOthersWaitForCompany) {
    start({chat()});
    accept(finding(1, Severity::Critical));
    accept(finding(2, Severity::High, "bob"));
    accept(finding(3, Severity::High, "bob"));
    run_for(seconds{2});
    EXPECT_EQ(at("http://chat").size(), 1u);
    run_for(seconds{28});
    ASSERT_EQ(at("http://chat").size(), 2u);
    EXPECT_NE(at("http://chat")[1].second.body.find("2 findings in all"), std::string::npos);
    accept(finding(4, Severity::High, "bob"));
    run_for(minutes{4});
    EXPECT_EQ(at("http://chat").size(), 2u);
    run_for(minutes{1});
    EXPECT_EQ(at("http://chat").size(), 3u);
}

TEST_F(DispatcherTest, TheSameFindingTwiceIsToldOnce) {
    start({chat(), hook("hook")});
    for (int i = 0; i < 3; ++i) accept(finding(1, Severity::Critical));
    run_for(hours{2});
    EXPECT_EQ(at("http://chat").size(), 1u);
    EXPECT_EQ(at("http://hook").size(), 1u);
}

// The process died after delivery had committed the messages, and before the pipeline had committed how far
// it had read: it reads the same again.
TEST_F(DispatcherTest, WhatWaitsSinceBeforeARestartIsToldOnce) {
    transport_.servers["http://hook"] = [](const HttpRequest&) {
        return FakeTransport::Reply{.answer = {.status = 503}};
    };
    start({hook("hook")});
    Finding waits = finding(1, Severity::Critical);
    accept(waits);
    run_for(seconds{1});
    restart();
    transport_.servers["http://hook"] = ok;
    run_for(minutes{10});
    ASSERT_EQ(at("http://hook").size(), 1u);
    accept(waits);
    run_for(minutes{10});
    EXPECT_EQ(at("http://hook").size(), 1u);
    waits.count = 2;
    accept(waits);
    waits.status = FindingStatus::Resolved;
    accept(waits);
    run_for(minutes{10});
    EXPECT_EQ(at("http://hook").size(), 3u);
}

TEST_F(DispatcherTest, APagerIsToldTheEndAndOnlyAfterTheBeginning) {
    const test::TempDir folder;
    start({pager(folder)});
    Finding exposed = finding(1, Severity::High);
    exposed.kind = "secret-exposed";
    accept(exposed);
    run_for(seconds{5});
    exposed.status = FindingStatus::Resolved;
    accept(exposed);
    run_for(minutes{1});
    auto& told = at("http://pager/v2/enqueue");
    ASSERT_EQ(told.size(), 2u);
    EXPECT_EQ(body(told[0]).at("event_action"), "trigger");
    EXPECT_EQ(body(told[1]).at("event_action"), "resolve");
    EXPECT_EQ(body(told[0]).at("dedup_key"), body(told[1]).at("dedup_key"));
}

TEST_F(DispatcherTest, ConditionsAreRepeatedEventsAreNot) {
    start({chat()});
    Finding failing = finding(1, Severity::Critical, "");
    failing.kind = "crd-failing";
    accept(failing);
    accept(finding(2, Severity::Critical));
    run_for(hours{9});
    ASSERT_EQ(at("http://chat").size(), 4u);  // each once, and the condition after 4 and 8 hours
    failing.status = FindingStatus::Resolved;
    accept(failing);
    run_for(hours{9});
    ASSERT_EQ(at("http://chat").size(), 5u);
    EXPECT_NE(at("http://chat")[4].second.body.find("Resolved"), std::string::npos);
}

// An incident with one finding, as the pipeline hands it on.
News news_of(const std::string& id, const Finding& finding, IncidentTurn turn) {
    Incident incident;
    incident.id = id;
    incident.severity = finding.severity;
    incident.cluster = "c";
    incident.title = finding.title;
    incident.summary = finding.summary;
    incident.lead_kind = finding.kind;
    incident.origin = origin_of(finding);
    if (turn == IncidentTurn::Closed) {
        incident.state = IncidentState::Closed;
        incident.closed = incident.last;
        incident.closed_because = "quiet for 24h";
    }
    return {finding, incident, turn};
}
News end_of(const std::string& id, const Finding& finding, const std::string& joined = "") {
    News out = news_of(id, finding, IncidentTurn::Closed);
    out.finding.reset();
    out.incident->joined = joined;
    return out;
}

TEST(Grouper, ALogHasEachFindingAsItIsAndTheEndOfTheIncident) {
    Grouper log("journal", {.by = {"incident"}, .each_finding = true});
    const audit::Time now = *audit::parse_time("2026-01-05T10:00:00Z");
    std::vector<Alert> told;
    Finding first{.id = "f_1", .kind = "crd-failing", .severity = Severity::High};
    first.count = 1;
    Finding second{.id = "f_2", .kind = "k", .severity = Severity::Low};
    second.count = 1;
    Finding over = first;
    over.status = FindingStatus::Resolved;
    log.accept(news_of("i_1", first, IncidentTurn::Opened), now, told);
    log.accept(news_of("i_1", second, IncidentTurn::Grew), now, told);
    log.accept(news_of("i_1", over, IncidentTurn::Eased), now, told);
    log.accept({.finding = second, .incident = {}, .turn = IncidentTurn::Grew}, now, told);
    log.accept(end_of("i_1", first), now, told);
    ASSERT_EQ(told.size(), 5u);
    const struct {
        const char* id;
        FindingStatus status;
        bool has_incident;
    } wanted[] = {{"f_1", FindingStatus::Firing, true},
                  {"f_2", FindingStatus::Firing, true},
                  {"f_1", FindingStatus::Resolved, true},
                  {"f_2", FindingStatus::Firing, false},
                  {"i_1", FindingStatus::Resolved, true}};
    for (size_t i = 0; i < told.size(); ++i) {
        EXPECT_EQ(told[i].id, wanted[i].id) << i;
        EXPECT_EQ(told[i].finding.status, wanted[i].status) << i;
        EXPECT_EQ(told[i].incident.has_value(), wanted[i].has_incident) << i;
    }
    EXPECT_EQ(told[3].severity, Severity::Low);
    EXPECT_EQ(told[4].turn, IncidentTurn::Closed);
    log.turn(now + hours{5}, told);
    EXPECT_EQ(told.size(), 5u);  // nothing is repeated
}

// A receiver drops what comes again under the same notification.
TEST(Grouper, MessagesOfOneMomentAreToldApart) {
    const audit::Time now = *audit::parse_time("2026-01-05T10:00:00Z");
    const auto tell = [&] {
        Grouper hook("hook", {.by = {"incident"}, .wait = {}, .burst = 10});
        std::vector<Alert> told;
        hook.accept(news_of("i_1", {.id = "f_1", .severity = Severity::High}, IncidentTurn::Opened), now,
                    told);
        hook.accept(news_of("i_1", {.id = "f_2", .severity = Severity::Critical}, IncidentTurn::Escalated),
                    now, told);
        return told;
    };
    const std::vector<Alert> told = tell();
    ASSERT_EQ(told.size(), 2u);
    EXPECT_EQ(told[0].id, told[1].id);
    EXPECT_NE(told[0].notification, told[1].notification);
    EXPECT_EQ(told[0].notification, tell()[0].notification);  // as after a restart
}

// What was sent and not saved is accepted again by the next process, later.
TEST(Grouper, AMessageHasTheSameNotificationWhenItIsMadeAgainLater) {
    const audit::Time now = *audit::parse_time("2026-01-05T10:00:00Z");
    const auto tell = [](audit::Time when, audit::Time evidence) {
        Grouper hook("hook", {.by = {"incident"}, .wait = {}, .burst = 10});
        std::vector<Alert> told;
        hook.accept(
            news_of("i_1", {.id = "f_1", .time = evidence, .severity = Severity::High}, IncidentTurn::Opened),
            when, told);
        return told.at(0).notification;
    };
    EXPECT_EQ(tell(now, now), tell(now + hours{1}, now));
    EXPECT_NE(tell(now, now), tell(now, now + seconds{1}));  // its group was forgotten, and this is new
}

TEST(Grouper, MessagesOfAGroupAboutOneFindingAreToldApartAlsoOverARestart) {
    const Grouper::Settings settings{.by = {"incident"}, .repeat = minutes{1}, .keep_sending = true};
    audit::Time now = *audit::parse_time("2026-01-05T10:00:00Z");
    test::MemoryState state;
    std::vector<Alert> told;
    News news = news_of("i_1", {.id = "f_1", .severity = Severity::High}, IncidentTurn::Opened);
    {
        Grouper before("am", settings);
        before.accept(news, now, told);
        news.finding.reset();
        for (const IncidentTurn turn : {IncidentTurn::Escalated, IncidentTurn::Escalated}) {
            news.turn = turn;
            before.accept(news, now, told);
        }
        before.turn(now += minutes{1}, told);
        before.turn(now += minutes{1}, told);
        before.save(state);
    }
    Grouper after("am", settings);
    after.load(state, now);
    after.turn(now += minutes{1}, told);
    std::set<std::string> notifications;
    for (const Alert& alert : told) notifications.insert(alert.notification);
    EXPECT_EQ(told.size(), 6u);
    EXPECT_EQ(notifications.size(), 6u);
}

TEST_F(DispatcherTest, AnIncidentIsToldOnceAndSoIsItsEnd) {
    start({chat(), hook("hook")});
    const auto accept_news = [&](const News& news) {
        dispatcher_->accept(news, now_);
        dispatcher_->save(state_);
        turn();
    };
    const auto& told = at("http://chat");
    const auto first = finding(1, Severity::High);
    accept_news(news_of("i_1", first, IncidentTurn::Opened));
    run_for(seconds{29});
    EXPECT_EQ(told.size(), 0u);  // waits for company
    run_for(seconds{2});
    ASSERT_EQ(told.size(), 1u);
    accept_news(news_of("i_1", finding(2, Severity::High, "bob"), IncidentTurn::Grew));
    run_for(seconds{5});
    EXPECT_EQ(told.size(), 1u);  // is no turn
    accept_news(news_of("i_1", finding(3, Severity::High, "carol"), IncidentTurn::Escalated));
    run_for(seconds{5});
    ASSERT_EQ(told.size(), 2u);
    EXPECT_NE(told[1].second.body.find("escalated"), std::string::npos);
    restart();
    run_for(hours{30});
    EXPECT_EQ(told.size(), 2u);
    accept_news(end_of("i_1", first));
    accept_news(end_of("i_1", first));
    run_for(hours{1});
    ASSERT_EQ(told.size(), 3u);
    EXPECT_NE(told[2].second.body.find("Closed after"), std::string::npos);
    EXPECT_NE(told[2].second.body.find("Quiet for 24h"), std::string::npos);

    accept_news(news_of("i_2", finding(4, Severity::High), IncidentTurn::Opened));
    accept_news(end_of("i_2", finding(4, Severity::High), "i_1"));  // before it was told: never told
    accept_news(end_of("i_3", finding(5, Severity::High)));         // nobody was told of it
    accept_news({finding(6, Severity::Low), std::nullopt, IncidentTurn::Grew});  // is no incident
    run_for(hours{1});
    EXPECT_EQ(told.size(), 3u);
    EXPECT_TRUE(state_.tables["alerts.groups"].empty());
}

// The state could not be read at the start, and can be now.
TEST_F(DispatcherTest, WhatCameWithoutTheStateGoesBehindWhatWaitsInIt) {
    const auto refuse = [](const HttpRequest&) { return FakeTransport::Reply{.answer = {.status = 503}}; };
    transport_.servers["http://hook"] = refuse;
    start({hook("hook"), chat()});
    accept(finding(1, Severity::Critical));
    accept(finding(2, Severity::Critical, "bob"));
    ASSERT_EQ(state_.tables.at("delivery.queue").size(), 4u);

    transport_.answers.clear();
    transport_.accepted.clear();
    transport_.servers["http://hook"] = ok;
    dispatcher_ = std::make_unique<Dispatcher>(Dispatcher::prepare(config_), transport_, metrics_);
    dispatcher_->go_on_without_state(now_);
    const auto run_without_state = [&](audit::Duration span) {
        test::MemoryState nowhere;
        std::swap(state_, nowhere);
        run_for(span);
        std::swap(state_, nowhere);
    };
    dispatcher_->accept(finding(3, Severity::Critical, "carol"), now_);
    run_without_state(minutes{1});
    EXPECT_EQ(at("http://hook").size(), 1u);
    transport_.servers["http://hook"] = [](const HttpRequest& request) {
        return FakeTransport::Reply{.answer = ok(request).answer, .delay = seconds{5}};
    };
    dispatcher_->accept(finding(4, Severity::Critical, "dora"), now_);
    dispatcher_->accept(finding(5, Severity::High, "erin"), now_);  // waits for company at the chat
    turn();                                                         // f_4 is in transit

    dispatcher_->load(state_, now_);
    transport_.servers["http://hook"] = [](const HttpRequest&) {
        return FakeTransport::Reply{.answer = {.status = 503}, .delay = seconds{10}};
    };
    run_for(seconds{12});  // the answer about f_4 is none about what was sent meanwhile
    transport_.servers["http://hook"] = ok;
    run_for(minutes{10});
    std::map<std::string, int> told;
    for (const auto& message : at("http://hook")) ++told[id(message)];
    EXPECT_EQ(told, (std::map<std::string, int>{{"f_1", 1}, {"f_2", 1}, {"f_3", 1}, {"f_4", 2}, {"f_5", 1}}));
    EXPECT_TRUE(state_.tables["delivery.queue"].empty());
    EXPECT_EQ(at("http://chat").size(), 6u);  // that about dora was in transit, too
    run_for(hours{30});
    EXPECT_EQ(at("http://chat").size(), 6u);
}

// The message says of its finding that it is over, as the incident is; of the finding nobody has said so yet.
TEST_F(DispatcherTest, AnEndOfAnIncidentThatWaitsIsNoEndOfItsFinding) {
    transport_.servers["http://chat"] = [](const HttpRequest&) {
        return FakeTransport::Reply{.answer = {.status = 503}};
    };
    start({chat(), hook("hook")});
    Finding first = finding(1, Severity::Critical);
    dispatcher_->accept(news_of("i_1", first, IncidentTurn::Opened), now_);
    dispatcher_->accept(end_of("i_1", first), now_);
    run_for(seconds{1});
    ASSERT_EQ(at("http://hook").size(), 1u);
    restart();
    first.status = FindingStatus::Resolved;
    accept(first);
    run_for(seconds{1});
    EXPECT_EQ(at("http://hook").size(), 2u);
}

TEST_F(DispatcherTest, AReceiverHearsTheEndOfWhatItWasToldOnly) {
    ReceiverConfig grave = chat();
    grave.min_severity = Severity::Critical;
    start({grave});
    Finding failing = finding(1, Severity::High);
    failing.kind = "crd-failing";
    dispatcher_->accept(news_of("i_1", failing, IncidentTurn::Opened), now_);
    failing.status = FindingStatus::Resolved;
    dispatcher_->accept(news_of("i_1", failing, IncidentTurn::Closed), now_);
    run_for(minutes{1});
    EXPECT_EQ(at("http://chat").size(), 0u);
    Finding worse = finding(2, Severity::Critical);
    dispatcher_->accept(news_of("i_2", worse, IncidentTurn::Opened), now_);
    run_for(minutes{1});
    Silence silence{.id = "s", .matchers = {parse_matcher("actor=alice")}};
    silence.ends = now_ + hours{1};
    dispatcher_->set_silences({silence});
    worse.status = FindingStatus::Resolved;
    dispatcher_->accept(news_of("i_2", worse, IncidentTurn::Closed),
                        now_);  // silenced, and over all the same
    run_for(minutes{1});
    EXPECT_EQ(at("http://chat").size(), 2u);
}

// The guarantee of docs/receivers.md.
TEST_F(DispatcherTest, ACriticalIncidentIsToldByItselfHoweverManyOthersThereAre) {
    start({chat()});
    for (int i = 0; i < 3000; ++i) {  // of other actors, and of one that is critical again and again
        dispatcher_->accept(
            news_of("i_cheap" + std::to_string(i), finding(i, Severity::High, "user" + std::to_string(i)),
                    IncidentTurn::Opened),
            now_);
        dispatcher_->accept(news_of("i_loud", finding(10'000 + i, Severity::Critical, "mallory"),
                                    i == 0 ? IncidentTurn::Opened : IncidentTurn::Grew),
                            now_);
        run_for(milliseconds{10});
    }
    const size_t before = at("http://chat").size();
    EXPECT_LE(before, Grouper::kNewGroups + 2);
    const audit::Time made = now_;
    const Finding grave = finding(99'999, Severity::Critical, "eve");
    dispatcher_->accept(news_of("i_grave", grave, IncidentTurn::Opened), now_);
    run_for(seconds{3});
    const auto& told = at("http://chat");
    const auto message = std::find_if(told.begin(), told.end(), [](const auto& one) {
        return one.second.body.find("finding 99999") != std::string::npos;
    });
    ASSERT_TRUE(message != told.end());
    EXPECT_LT(message->first - made, seconds{2});
    run_for(hours{2});
    dispatcher_->accept(end_of("i_grave", grave), now_);
    run_for(seconds{3});
    EXPECT_NE(at("http://chat").back().second.body.find("finding 99999"), std::string::npos);
    EXPECT_NE(at("http://chat").back().second.body.find("Closed after"), std::string::npos);
}

// Incidents that come too many at once are one of the pager's, which ends when all of them are over, or told
// by themselves; through restarts.
TEST_F(DispatcherTest, WhatStandsForManyIncidentsEndsWithTheLastOfThem) {
    for (const bool is_told_later : {false, true}) {
        SCOPED_TRACE(is_told_later);
        state_ = {};
        transport_.accepted.clear();
        const test::TempDir folder;
        start({pager(folder)});
        const int all = static_cast<int>(Grouper::kNewGroups) + 3;
        const auto incident = [](int i) { return "i_" + std::to_string(i); };
        const auto one = [](int i) { return finding(i, Severity::High, "user" + std::to_string(i)); };
        const auto end = [&](int i) { dispatcher_->accept(end_of(incident(i), one(i)), now_); };
        const auto count = [&](std::string_view action, std::string_view key) {
            const auto& told = at("http://pager/v2/enqueue");
            return std::count_if(told.begin(), told.end(), [&](const auto& message) {
                const auto event = body(message);
                return event.at("event_action").as_string() == action &&
                       event.at("dedup_key").as_string() == key;
            });
        };
        for (int i = 0; i < all; ++i)
            dispatcher_->accept(news_of(incident(i), one(i), IncidentTurn::Opened), now_);
        run_for(minutes{1});
        EXPECT_EQ(at("http://pager/v2/enqueue").size(), Grouper::kNewGroups + 1);
        const std::string many = one(all - 3).id;  // the first that was one too many
        EXPECT_EQ(count("trigger", many), 1);
        restart();
        for (int i = 0; i < all - 1; ++i) {
            if (is_told_later && i == all - 3) continue;
            end(i);
        }
        run_for(hours{30});
        restart();
        if (is_told_later) {
            EXPECT_EQ(count("trigger", incident(all - 3)), 0);
            dispatcher_->accept(
                news_of(incident(all - 3), finding(999, Severity::High, "eve"), IncidentTurn::Escalated),
                now_);
            run_for(minutes{1});
            EXPECT_EQ(count("trigger", incident(all - 3)), 1);
        }
        EXPECT_EQ(count("resolve", many), 0);
        end(all - 1);
        run_for(minutes{1});
        EXPECT_EQ(count("resolve", many), 1);
        restart();
        run_for(hours{30});
        EXPECT_EQ(count("resolve", many), 1);
        EXPECT_EQ(count("trigger", many), 1);
        for (int i = 0; i < all - 3; ++i) EXPECT_EQ(count("resolve", incident(i)), 1) << i;
    }
}

TEST_F(DispatcherTest, SilencesAndGraverFindingsKeepOthersBackAndAreCounted) {
    start({chat(), hook("hook")});
    Silence silence{.id = "s", .matchers = {parse_matcher("actor=~ci-.*")}};
    silence.ends = now_ + minutes{10};
    dispatcher_->set_silences({silence});
    accept(finding(1, Severity::Critical, "ci-7"));
    accept(finding(2, Severity::Critical, "mallory"));
    accept(finding(3, Severity::Medium, "mallory"));
    accept(finding(4, Severity::High, "mallory"));
    run_for(minutes{6});
    EXPECT_EQ(at("http://hook").size(), 3u);  // receivers for programs get inhibited findings as well
    ASSERT_EQ(at("http://chat").size(), 2u);
    EXPECT_NE(at("http://chat")[0].second.body.find("1 muted since"), std::string::npos);
    EXPECT_NE(at("http://chat")[1].second.body.find("1 muted since"), std::string::npos);
    run_for(minutes{5});
    accept(finding(5, Severity::Critical, "ci-7"));
    run_for(seconds{5});
    EXPECT_EQ(at("http://chat").size(), 3u);
}

TEST_F(DispatcherTest, OneAnonymousCallerHidesNoOther) {
    const auto from = [](int number, Severity severity, const std::string& address) {
        Finding out = finding(number, severity, "system:anonymous");
        out.actor->source_ip = address;
        return out;
    };
    start({chat()});
    accept(from(1, Severity::Critical, "203.0.113.1"));
    run_for(seconds{10});
    // Another address: not held back, and a group of its own.
    accept(from(2, Severity::Medium, "203.0.113.2"));
    accept(from(3, Severity::Critical, "203.0.113.3"));  // a third address, critical: sent at once
    accept(from(4, Severity::Medium, "203.0.113.1"));    // the first address again: held back
    run_for(seconds{2});
    EXPECT_EQ(at("http://chat").size(), 2u);
    run_for(minutes{1});
    ASSERT_EQ(at("http://chat").size(), 3u);
    EXPECT_NE(at("http://chat")[2].second.body.find("finding 2"), std::string::npos);
}

// A second message of a group waits for the interval, and not until the clock has caught up.
TEST(Grouper, WaitsNoLongerBecauseTheClockSteppedBackBeforeARestart) {
    const audit::Time then{hours{500'000}};
    const auto finding_of = [](const char* id) {
        Finding finding{.id = id, .detector = "d", .kind = "k", .severity = Severity::Critical};
        finding.count = 1;
        return finding;
    };
    const Grouper::Settings settings{.by = {"detector"}, .interval = minutes{5}};
    test::MemoryState state;
    std::vector<Alert> out;
    Grouper before("hook", settings);
    before.accept({.finding = finding_of("f_1")}, then, out);
    before.save(state);
    Grouper after("hook", settings);
    after.load(state, then - hours{1});
    after.accept({.finding = finding_of("f_2")}, then - hours{1} + seconds{1}, out);
    EXPECT_EQ(out.size(), 1u);
    EXPECT_EQ(after.due(), then - hours{1} + minutes{5});
}

TEST_F(DispatcherTest, InhibitionOutlivesARestart) {
    start({chat()});
    accept(finding(1, Severity::Critical));
    run_for(seconds{10});
    restart();
    accept(finding(2, Severity::Medium));
    run_for(minutes{4});
    EXPECT_EQ(at("http://chat").size(), 1u);
    EXPECT_EQ(state_.tables["alerts.inhibitions"].size(), 1u);
    run_for(minutes{2});
    restart();  // after its end
    accept(finding(3, Severity::Medium, "alice"));
    run_for(minutes{10});
    EXPECT_EQ(at("http://chat").size(), 2u);
    EXPECT_TRUE(state_.tables["alerts.inhibitions"].empty());
}

TEST_F(DispatcherTest, TakesAnotherConfigurationWithoutLosingWhatWaits) {
    bool is_down = true;
    for (const char* url : {"http://stays", "http://goes"}) {
        transport_.servers[url] = [&](const HttpRequest&) {
            return is_down ? FakeTransport::Reply{.answer = {.problem = "connect"}}
                           : FakeTransport::Reply{.answer = {.status = 200}};
        };
    }
    start({hook("stays"), hook("goes")});
    accept(finding(1));
    run_for(seconds{3});
    ReceiverConfig stays = hook("stays");
    stays.min_severity = Severity::Critical;  // another route, for new findings only
    reconfigure({stays, hook("comes")});
    accept(finding(2));
    accept(finding(3, Severity::Critical));
    is_down = false;
    run_for(minutes{2});
    ASSERT_EQ(at("http://stays").size(), 2u);
    EXPECT_EQ(id(at("http://stays")[0]), "f_3");  // the more severe one goes first
    EXPECT_EQ(id(at("http://stays")[1]), "f_1");  // waited meanwhile
    EXPECT_EQ(at("http://comes").size(), 2u);
    EXPECT_EQ(at("http://goes").size(), 0u);
    ASSERT_EQ(state_.tables["delivery.dead"].size(), 1u);
    EXPECT_NE(state_.tables["delivery.dead"].begin()->second.find("no longer configured"), std::string::npos);
    EXPECT_TRUE(state_.tables["delivery.queue"].empty());

    reconfigure({stays, hook("goes")});  // the receiver comes back, and its dead letter can be sent
    state_.put("delivery.requeue", state_.tables["delivery.dead"].begin()->first, "{}");
    dispatcher_->requeue(state_, now_);
    run_for(seconds{2});
    ASSERT_EQ(at("http://goes").size(), 1u);
    EXPECT_EQ(id(at("http://goes")[0]), "f_1");
}

TEST_F(DispatcherTest, ForgetsTheGroupsOfAReceiverThatIsGone) {
    start({chat()});
    accept(finding(1));
    EXPECT_EQ(state_.tables["alerts.groups"].size(), 1u);
    reconfigure({});
    EXPECT_TRUE(state_.tables["alerts.groups"].empty());
    EXPECT_FALSE(dispatcher_->changed());
    EXPECT_TRUE(metrics_.receivers().empty());
}

TEST_F(DispatcherTest, AReceiverThatComesAgainBeforeASaveKeepsItsOwn) {
    start({chat()});
    transport_.servers["http://chat"] = [](const HttpRequest&) {
        return FakeTransport::Reply{.answer = {.problem = "connect"}};
    };
    accept(finding(1, Severity::Critical));
    run_for(seconds{10});  // it waits in the queue
    dispatcher_->reconfigure(Dispatcher::prepare({{}, {}, "c"}), &state_, now_);
    dispatcher_->reconfigure(Dispatcher::prepare(config_), &state_, now_);
    transport_.servers["http://chat"] = ok;
    accept(finding(2, Severity::Critical));  // the same group
    EXPECT_EQ(state_.tables["alerts.groups"].size(), 1u);
    ASSERT_EQ(state_.tables["delivery.dead"].size(), 1u);
    state_.put("delivery.requeue", state_.tables["delivery.dead"].begin()->first, "{}");
    dispatcher_->requeue(state_, now_);
    run_for(seconds{5});
    ASSERT_EQ(at("http://chat").size(), 2u);
    EXPECT_NE(at("http://chat")[1].second.body.find("finding 1"), std::string::npos);
}

// State that cannot be read, as with a failing disk.
class UnreadableState final : public StateReader {
  public:
    std::optional<std::string> get(std::string_view, std::string_view) const override {
        throw std::runtime_error("I/O error");
    }
    void scan(std::string_view, std::string_view,
              const std::function<void(std::string_view, std::string_view)>&) const override {
        throw std::runtime_error("I/O error");
    }
};

TEST_F(DispatcherTest, DeadLettersThatCouldNotBeReadAreFoundWhenTheyAreWanted) {
    transport_.servers["http://hook"] = [](const HttpRequest&) {
        return FakeTransport::Reply{.answer = {.status = 413}};
    };
    start({hook("hook")});
    accept(finding(1));
    run_for(seconds{1});
    ASSERT_EQ(state_.tables["delivery.dead"].size(), 1u);
    reconfigure({});
    config_.receivers = {hook("hook")};
    const UnreadableState unreadable;
    dispatcher_->reconfigure(Dispatcher::prepare(config_), &unreadable, now_);
    EXPECT_THROW(dispatcher_->requeue(unreadable, now_), std::runtime_error);
    accept(finding(2));
    run_for(seconds{1});
    ASSERT_EQ(state_.tables["delivery.dead"].size(), 2u);
    transport_.servers["http://hook"] = ok;
    for (const auto& [key, letter] : state_.tables["delivery.dead"]) {
        state_.put("delivery.requeue", key, "{}");
    }
    dispatcher_->requeue(state_, now_);
    run_for(seconds{2});
    EXPECT_EQ(at("http://hook").size(), 2u);
    EXPECT_TRUE(state_.tables["delivery.dead"].empty());
}

// Plain HTTP to a port of TLS, a key that is wrong, a workflow that is switched off: all say 400.
TEST_F(DispatcherTest, WhatMayBeTheReceiversFaultKillsNoMessage) {
    transport_.servers["http://hook"] = [](const HttpRequest&) {
        return FakeTransport::Reply{.answer = {.status = 400, .body = "<html>400 of a proxy"}};
    };
    start({hook("hook")});
    accept(finding(1, Severity::Critical));
    run_for(hours{2});
    EXPECT_TRUE(state_.tables["delivery.dead"].empty());
    restart();
    transport_.servers["http://hook"] = ok;
    run_for(minutes{6});
    EXPECT_EQ(at("http://hook").size(), 1u);
}

TEST_F(DispatcherTest, RefusedCriticalMessagesAreTriedAgainWithAnotherConfiguration) {
    bool is_right = false;
    transport_.servers["http://hook"] = [&](const HttpRequest& request) {
        const bool is_bad = request.body.find("bad") != std::string::npos && !is_right;
        return FakeTransport::Reply{.answer = {.status = is_bad ? 400 : 200}};
    };
    start({hook("hook")});
    Finding grave = finding(1, Severity::Critical), other = finding(2);
    grave.summary = other.summary = "bad";
    accept(grave);
    accept(other);
    run_for(seconds{1});
    accept(finding(3));
    run_for(minutes{10});
    ASSERT_EQ(state_.tables["delivery.dead"].size(), 2u);
    reconfigure({hook("hook")});
    is_right = true;
    dispatcher_->requeue(state_, now_);
    run_for(seconds{1});
    ASSERT_EQ(at("http://hook").size(), 2u);
    EXPECT_EQ(id(at("http://hook")[1]), "f_1");
    EXPECT_EQ(state_.tables["delivery.dead"].size(), 1u);
    // Once for each configuration.
    dispatcher_->requeue(state_, now_);
    run_for(seconds{1});
    EXPECT_EQ(at("http://hook").size(), 2u);
}

TEST_F(DispatcherTest, WhatWaitsIsTriedWhenTheReceiverAcceptedATest) {
    bool is_broken = true;
    const auto fails = [&](const HttpRequest&) {
        return FakeTransport::Reply{.answer = {.status = is_broken ? 404 : 200}};
    };
    transport_.servers["http://hook"] = transport_.servers["http://other"] = fails;
    start({hook("hook"), hook("other")});
    accept(finding(1));
    run_for(minutes{30});
    is_broken = false;
    state_.put("delivery.works", "hook", "{}");
    state_.put("delivery.works", "fax", "{}");
    dispatcher_->requeue(state_, now_);
    run_for(milliseconds{500});
    EXPECT_EQ(at("http://hook").size(), 1u);
    EXPECT_EQ(at("http://other").size(), 0u);
    EXPECT_TRUE(state_.tables["delivery.works"].empty());
}

TEST_F(DispatcherTest, ALongPauseIsInTheStatusUntilSomethingIsAccepted) {
    HttpAnswer answer{.status = 503, .retry_after = minutes{1}};
    transport_.servers["http://hook"] = [&](const HttpRequest&) { return FakeTransport::Reply{answer}; };
    start({hook("hook")});
    accept(finding(1));
    run_for(seconds{1});
    EXPECT_EQ(metrics_.receivers()[0].paused_until, audit::Time{});
    answer.retry_after = hours{1};
    run_for(minutes{2});
    EXPECT_GT(metrics_.receivers()[0].paused_until, now_ + minutes{50});
    answer = {.status = 200};
    accept(finding(2, Severity::Critical));
    run_for(seconds{11});
    EXPECT_EQ(metrics_.receivers()[0].paused_until, audit::Time{});
}

TEST_F(DispatcherTest, ABadConfigurationChangesNothing) {
    start({hook("hook")});
    ReceiverConfig bad = hook("bad");
    bad.own = WebhookConfig{.target = {.url = "ftp://x"}};
    EXPECT_THROW(Dispatcher::prepare({{}, {hook("hook"), bad}, "c"}), std::runtime_error);
    accept(finding(1));
    run_for(seconds{1});
    EXPECT_EQ(at("http://hook").size(), 1u);
}

TEST_F(DispatcherTest, RoutesBySeverityDetectorClusterAndNamespace) {
    ReceiverConfig severe = hook("severe"), rules = hook("rules"), other = hook("other"), shop = hook("shop");
    severe.min_severity = Severity::High;
    rules.detectors = {"rule"};
    other.clusters = {"prod-*"};
    shop.namespaces = {"shop", "pay*"};
    start({severe, rules, other, shop});
    Finding finding1 = finding(1, Severity::Low);
    finding1.object.emplace().namespace_ = "payments";
    accept(finding1);
    run_for(seconds{5});
    EXPECT_EQ(at("http://severe").size(), 0u);
    EXPECT_EQ(at("http://rules").size(), 1u);
    EXPECT_EQ(at("http://other").size(), 0u);
    EXPECT_EQ(at("http://shop").size(), 1u);
}

TEST_F(DispatcherTest, WhatCannotBeDeliveredBecomesADeadLetter) {
    transport_.servers["http://gone"] = [](const HttpRequest&) {
        return FakeTransport::Reply{.answer = {.status = 413, .body = "too long"}};
    };
    transport_.servers["http://down"] = [](const HttpRequest&) {
        return FakeTransport::Reply{.answer = {.problem = "connect"}};
    };
    start({hook("gone"), hook("down")});
    accept(finding(1));
    run_for(hours{71});
    EXPECT_EQ(transport_.requests["http://gone"], 1u);
    EXPECT_EQ(state_.tables["delivery.dead"].size(), 1u);
    EXPECT_NE(state_.tables["delivery.dead"].begin()->second.find("413: too long"), std::string::npos);
    run_for(hours{2});
    EXPECT_EQ(state_.tables["delivery.dead"].size(), 2u);
    EXPECT_TRUE(state_.tables["delivery.queue"].empty());
}

TEST_F(DispatcherTest, DeadLettersAreTriedAgainWhenAskedTo) {
    bool is_gone = true;
    transport_.servers["http://hook"] = [&](const HttpRequest&) {
        return FakeTransport::Reply{.answer = {.status = is_gone ? 413 : 200}};
    };
    start({hook("hook")});
    accept(finding(1));
    run_for(seconds{5});
    restart();
    accept(finding(2));  // its row must not replace that of the first
    run_for(seconds{5});
    auto& dead = state_.tables["delivery.dead"];
    ASSERT_EQ(dead.size(), 2u);

    is_gone = false;
    const std::string first = dead.begin()->first;
    state_.put("delivery.requeue", first, "{}");
    state_.put("delivery.requeue",
               "hook\x1f"
               "0000000000000099",
               "{}");  // no such dead letter
    state_.put("delivery.requeue",
               "fax\x1f"
               "0000000000000001",
               "{}");
    dispatcher_->requeue(state_, now_);
    dispatcher_->requeue(state_, now_);  // before the commit: still requeued only once
    run_for(seconds{5});
    ASSERT_EQ(at("http://hook").size(), 1u);
    EXPECT_EQ(id(at("http://hook")[0]), "f_1");
    EXPECT_EQ(dead.size(), 1u);
    EXPECT_FALSE(dead.contains(first));
    EXPECT_TRUE(state_.tables["delivery.requeue"].empty());

    // The request was made while the daemon was down.
    dispatcher_.reset();
    state_.put("delivery.requeue", dead.begin()->first, "{}");
    restart();
    dispatcher_->requeue(state_, now_);
    run_for(seconds{5});
    EXPECT_EQ(at("http://hook").size(), 2u);
    EXPECT_TRUE(dead.empty());
}

TEST_F(DispatcherTest, WhatCannotBeSavedForLongTakesNoMoreThanWhatWaitsAndTheDeadLetters) {
    transport_.servers["http://bad"] = [](const HttpRequest&) {
        return FakeTransport::Reply{.answer = {.status = 413}};
    };
    transport_.servers["http://down"] = [](const HttpRequest&) {
        return FakeTransport::Reply{.answer = {.problem = "connect"}};
    };
    ReceiverConfig down = hook("down");
    down.queue_limit = 100;
    start({hook("fine"), hook("bad"), down});
    const auto tell = [&](int from, int to) {
        for (int i = from; i < to; ++i) {
            dispatcher_->accept(finding(i), now_);
            test::run_until(now_ + seconds{1}, now_, *dispatcher_, transport_, [] {});
        }
    };
    tell(0, 10);
    dispatcher_->save(state_);
    EXPECT_EQ(state_.tables["delivery.dead"].size(), 10u);
    tell(10, 3000);
    EXPECT_EQ(at("http://fine").size(), 3000u);
    // Dead letters, as many stored ones that make room for them, and what waits.
    EXPECT_LE(dispatcher_->unsaved_rows(), Dispatcher::kMaxDead + 10 + 100 + 10);
    EXPECT_GE(dispatcher_->unsaved_rows(), Dispatcher::kMaxDead + 10 + 50);
    dispatcher_->save(state_);
    EXPECT_EQ(dispatcher_->unsaved_rows(), 0u);
    EXPECT_EQ(state_.tables["delivery.dead"].size(), Dispatcher::kMaxDead);
    EXPECT_LE(state_.tables["delivery.queue"].size(), 100u);
}

TEST_F(DispatcherTest, OneBadMessageDoesNotHoldUpTheOthers) {
    transport_.servers["http://hook"] = [](const HttpRequest& request) {
        const bool bad = request.body.find("finding 1\"") != std::string::npos;
        return bad ? FakeTransport::Reply{.answer = {.status = 500}} : ok(request);
    };
    start({hook("hook")});
    for (int i = 1; i <= 5; ++i) accept(finding(i));
    run_for(minutes{1});
    EXPECT_EQ(at("http://hook").size(), 4u);
}

TEST_F(DispatcherTest, ABoundedQueueFoldsTheLeastImportant) {
    bool up = false;
    transport_.servers["http://hook"] = [&](const HttpRequest& request) {
        return up ? ok(request) : FakeTransport::Reply{.answer = {.problem = "connect"}};
    };
    ReceiverConfig small = hook("hook");
    small.queue_limit = 100;
    start({small});
    for (int i = 0; i < 1000; ++i) accept(finding(i, i % 100 == 0 ? Severity::Critical : Severity::Low));
    EXPECT_LE(state_.tables["delivery.queue"].size(), 101u);
    up = true;
    run_for(hours{1});
    uint64_t findings = 0, critical = 0;
    for (const auto& message : at("http://hook")) {
        const auto about = body(message).at("alert").as_object();
        findings += about.at("findings").to_number<uint64_t>();
        critical += about.at("severity") == "critical";
    }
    EXPECT_EQ(findings, 1000u);
    EXPECT_EQ(critical, 10u);
}

// The process dies at random, directly after a save or much later. Nothing is lost, and a receiver that
// deduplicates by message id sees each message exactly once.
TEST_F(DispatcherTest, LosesNothingWhenItDies) {
    std::mt19937_64 random(11);
    start({hook("hook")});
    int sent = 0;
    for (int round = 0; round < 200; ++round) {
        for (uint64_t n = random() % 4; n > 0; --n) accept(finding(++sent));
        const audit::Time until = now_ + milliseconds{random() % 200};
        while (now_ < until) {  // like run_for(), but without saving
            audit::Time next = std::min(until, dispatcher_->due(now_));
            if (!transport_.answers.empty()) next = std::min(next, transport_.answers.begin()->first);
            now_ = transport_.now = std::max(now_ + milliseconds{1}, next);
            while (!transport_.answers.empty() && transport_.answers.begin()->first <= now_) {
                const HttpSender::Answer answer = transport_.answers.begin()->second;
                transport_.answers.erase(transport_.answers.begin());
                dispatcher_->answered(answer.token, answer.answer, now_);
            }
            turn();
        }
        if (random() % 2) dispatcher_->save(state_);
        if (random() % 3 == 0) restart();
    }
    restart();
    run_for(minutes{10});
    std::map<std::string, std::set<std::string>> notifications;
    for (const auto& message : at("http://hook")) {
        notifications[id(message)].insert(
            std::string(body(message).at("alert").at("notification").as_string()));
    }
    EXPECT_EQ(notifications.size(), static_cast<size_t>(sent));
    for (const auto& [finding, ids] : notifications) EXPECT_EQ(ids.size(), 1u) << finding;
    std::printf("%d findings, %zu messages, %zu of them repeated after a crash\n", sent,
                at("http://hook").size(), at("http://hook").size() - notifications.size());
}

// A later process would make other messages of the same news.
TEST_F(DispatcherTest, WhatRestsOnCountsOfThisProcessIsToBeSavedBeforeItIsSent) {
    start({chat()});
    for (int i = 1; i <= 20; ++i) {
        dispatcher_->accept(
            news_of("i_" + std::to_string(i), finding(i, Severity::High), IncidentTurn::Opened), now_);
    }
    EXPECT_FALSE(dispatcher_->is_to_be_saved_first());
    dispatcher_->accept(news_of("i_21", finding(21, Severity::High), IncidentTurn::Opened), now_);
    EXPECT_TRUE(dispatcher_->is_to_be_saved_first());
    dispatcher_->accept(news_of("i_22", finding(22, Severity::Critical), IncidentTurn::Opened), now_);
    EXPECT_TRUE(dispatcher_->is_to_be_saved_first());
    dispatcher_->save(state_);
    EXPECT_FALSE(dispatcher_->is_to_be_saved_first());
    dispatcher_->accept(news_of("i_23", finding(23, Severity::Critical), IncidentTurn::Opened), now_);
    EXPECT_FALSE(dispatcher_->is_to_be_saved_first());
}

// The next process would accept what has come meanwhile before it looks at the time: another message.
TEST_F(DispatcherTest, WhatTimeHasMadeDueIsToBeSavedBeforeItIsSent) {
    start({chat()});
    accept(finding(1, Severity::High));
    dispatcher_->tell_due(now_);
    EXPECT_FALSE(dispatcher_->is_to_be_saved_first()) << "it waits for others";
    now_ += minutes{1};
    dispatcher_->tell_due(now_);
    EXPECT_TRUE(dispatcher_->is_to_be_saved_first());
    dispatcher_->save(state_);
    EXPECT_FALSE(dispatcher_->is_to_be_saved_first());
}

TEST_F(DispatcherTest, ASummaryOfAFullQueueIsToBeSavedBeforeItIsSent) {
    ReceiverConfig small = hook("hook");
    small.queue_limit = 10;
    start({small});
    for (int i = 1; i <= 10; ++i) dispatcher_->accept(finding(i), now_);
    EXPECT_FALSE(dispatcher_->is_to_be_saved_first());
    dispatcher_->accept(finding(11), now_);
    EXPECT_TRUE(dispatcher_->is_to_be_saved_first());
    dispatcher_->save(state_);
    EXPECT_FALSE(dispatcher_->is_to_be_saved_first());
}

TEST_F(DispatcherTest, GroupsOutliveARestart) {
    start({chat()});
    accept(finding(1, Severity::High));
    run_for(seconds{10});
    restart();
    run_for(seconds{25});
    ASSERT_EQ(at("http://chat").size(), 1u);
    restart();
    accept(finding(1, Severity::High));
    run_for(minutes{10});
    EXPECT_EQ(at("http://chat").size(), 1u);
}

TEST_F(DispatcherTest, KeepsTellingAlertmanagerUntilItIsOver) {
    ReceiverConfig am{
        .name = "am", .type = "alertmanager", .own = AlertmanagerConfig{.urls = {"http://a", "http://b"}}};
    transport_.servers["http://a/api/v2/alerts"] = ok;
    transport_.servers["http://b/api/v2/alerts"] = ok;
    start({am});
    Finding failing = finding(1, Severity::High);
    failing.kind = "crd-failing";
    accept(failing);
    run_for(minutes{10});
    EXPECT_EQ(at("http://a/api/v2/alerts").size(), 11u);
    EXPECT_EQ(at("http://b/api/v2/alerts").size(), 11u);
    failing.status = FindingStatus::Resolved;
    accept(failing);
    run_for(minutes{20});
    EXPECT_EQ(at("http://a/api/v2/alerts").size(), 16u);
}

TEST_F(DispatcherTest, BeatsWhenAskedTo) {
    ReceiverConfig switch_ = hook("switch");
    switch_.heartbeat = minutes{5};
    start({switch_});
    run_for(minutes{21});
    EXPECT_EQ(at("http://switch").size(), 5u);
}

// Each row of delivery with each kind of damage: the row is counted and named, and its neighbours are still
// read.
TEST_F(DispatcherTest, ADamagedRowIsNamedAndCostsNoOther) {
    transport_.servers["http://down"] = [](const HttpRequest&) {
        return FakeTransport::Reply{.answer = {.problem = "connect"}};
    };
    transport_.servers["http://gone"] = [](const HttpRequest&) {
        return FakeTransport::Reply{.answer = {.status = 413}};
    };
    start({hook("down"), hook("gone"), chat()});
    for (const char* const user : {"alice", "bob"}) {
        accept(finding(user[0] == 'a' ? 1 : 2, Severity::High, user));
        run_for(seconds{1});
    }
    const Silence silence{.id = "s_1", .matchers = {parse_matcher("actor=x")}, .starts = now_, .ends = now_};
    for (const char* id : {"s_1", "s_2"}) state_.put(kSilenceTable, id, write_row(silence));
    const test::MemoryState sound = state_;
    const auto loaded = [&](const test::MemoryState& state, std::vector<std::string>& said) {
        const CheckedState checked(state, [&](const std::string& line) { said.push_back(line); });
        Metrics metrics;
        Dispatcher dispatcher(Dispatcher::prepare(config_), transport_, metrics);
        dispatcher.load(checked, now_);
        const size_t silences = read_silences(checked).size();
        test::MemoryState again = state;
        dispatcher.save(again);
        std::map<std::string, size_t> good{{"silences", silences}};
        for (const std::string table : {"delivery.queue", "delivery.dead", "alerts.groups"}) {
            for (const auto& [key, text] : again.tables[table])
                good[table] += text == sound.tables.at(table).at(key);
        }
        return std::pair(checked.counts(), good);
    };
    for (const char* const name : {"silences", "delivery.queue", "delivery.dead", "alerts.groups"}) {
        const std::string table = name;
        ASSERT_EQ(sound.tables.at(table).size(), 2u) << table;
        for (const auto& [key, text] : sound.tables.at(table)) {
            for (const std::string& damage :
                 {std::string(R"({"v":1})"), std::string("[]"), std::string("\"x\""), std::string("{"),
                  text.substr(0, text.size() / 2)}) {
                test::MemoryState state = sound;
                state.put(table, key, damage);
                std::vector<std::string> said;
                const auto [counts, good] = loaded(state, said);
                EXPECT_EQ(counts, (UnusableRows{{table, 1}})) << damage;
                ASSERT_EQ(said.size(), 1u);
                EXPECT_NE(said[0].find("table " + table + ", key \""), std::string::npos) << said[0];
                for (const auto& [other, number] : good) EXPECT_EQ(number, other == table ? 1u : 2u) << other;
            }
        }
    }
    std::vector<std::string> said;
    EXPECT_TRUE(loaded(sound, said).first.empty());
}

// Rows in the form before they were described.
TEST_F(DispatcherTest, ReadsRowsOfOlderVersions) {
    const std::string alert =
        R"("{\"id\":\"f_1\",\"notification\":\"n\",\"status\":\"resolved\",\"severity\":\"high\",)"
        R"(\"created\":\"2026-01-05T10:00:00.000000Z\",\"finding\":{\"id\":\"f_1\",)"
        R"(\"severity\":\"high\",\"status\":\"resolved\"},\"findings\":3,)"
        R"(\"kinds\":[{\"value\":\"k\",\"count\":3}],\"muted\":2,\"test\":false}")";
    state_.put(kQueueTable, queue_key("hook", 7),
               R"({"alert":)" + alert + R"(,"attempts":2,"not_before":1767607200000000,"alone":true})");
    state_.put(kDeadTable, queue_key("hook", 6),
               R"({"time":"2026-01-05T10:00:00.000000Z","reason":"404","alert":)" + alert + "}");
    state_.put(
        "alerts.groups",
        "hook\x1f"
        "c\x1frule\x1f"
        "alice\x1f",
        R"({"id":"f_1","known":{"f_1":["firing","high",1,false]},"leader":"{\"id\":\"f_1\",)"
        R"(\"severity\":\"high\"}","untold":0,"kinds":{},"actors":{"alice":1},"objects":{},"told":true,)"
        R"("told_severity":"high","told_status":"firing","last_sent":1767607200000000,)"
        R"("last_new":1767607200000000,"interval_began":1767607200000000,"sent_in_interval":1,"due":0})");
    const CheckedState checked(state_, [](const std::string& line) { ADD_FAILURE() << line; });
    size_t queued = 0, dead = 0, groups = 0;
    load_queue(checked, [&](std::string_view key, const QueuedAlert& item) {
        ++queued;
        EXPECT_EQ(receiver_of(key), "hook");
        EXPECT_EQ(item.sequence, 7u);
        EXPECT_EQ(item.attempts, 2u);
        EXPECT_TRUE(item.alone);
        EXPECT_EQ(item.not_before, audit::parse_time("2026-01-05T10:00:00Z"));
        EXPECT_EQ(item.alert.status, FindingStatus::Resolved);
        EXPECT_EQ(item.alert.severity, Severity::High);
        EXPECT_EQ(item.alert.finding.id, "f_1");
        ASSERT_EQ(item.alert.kinds.size(), 1u);
        EXPECT_EQ(item.alert.kinds[0].count, 3u);
        EXPECT_EQ(item.alert.muted, 2u);
    });
    load_dead(checked, [&](std::string_view, const DeadLetter& letter) {
        ++dead;
        EXPECT_EQ(letter.reason, "404");
        EXPECT_EQ(letter.alert.id, "f_1");
    });
    Grouper grouper("hook", {});
    grouper.load(checked, audit::Time::max());
    groups = grouper.groups();
    EXPECT_EQ(queued + dead + groups, 3u);
    EXPECT_TRUE(checked.counts().empty());
}

}  // namespace
}  // namespace redshank
