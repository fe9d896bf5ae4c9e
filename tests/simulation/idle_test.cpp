// A daemon to which nothing comes: what it does in a second, counted in allocations; how long delivery waits;
// and what it hears of all the same. The clocks are the simulation's, and move when the test says.
#include <gmock/gmock.h>

#include <algorithm>
#include <memory>

#include "core/state/row.h"
#include "daemon/alerts/silence.h"
#include "daemon/clock.h"
#include "daemon/delivery/queue_rows.h"
#include "daemon/works.h"
#include "detectors/access/suppression.h"
#include "tests/simulation/disk.h"
#include "tests/simulation/system.h"
#include "tests/support/allocations.h"
#include "tests/support/events.h"
#include "tests/support/temp_dir.h"

namespace redshank {
namespace {

using namespace std::chrono_literals;
using sim::Disk;
using sim::host;
using testing::Each;
using testing::HasSubstr;
using testing::Not;

// Receivers that answer nothing, or at once. Notes what is sent, and how long delivery would wait.
struct Seen {
    bool answers = false;
    size_t sent = 0;
    std::vector<audit::Duration> waits;
};
class Way final : public Transport {
  public:
    explicit Way(Seen& seen) : seen_(seen) {}
    void send(uint64_t token, Message, const HttpOptions&) override {
        ++seen_.sent;
        if (seen_.answers) answers_.push_back({token, {.status = 200}});
    }
    std::vector<HttpSender::Answer> poll(audit::Duration wait) override {
        seen_.waits.push_back(wait);
        return std::exchange(answers_, {});
    }
    void wake() override {}

  private:
    Seen& seen_;
    std::vector<HttpSender::Answer> answers_;
};

class IdleDaemon : public ::testing::Test {
  protected:
    IdleDaemon() {
        host() = sim::Host{};
        Disk::instance().reset(1);
        test::write_file(dir_.path() / "a.log", test::EventSpec{}.json() + "\n");
        test::write_file(dir_.path() / "b.log", "");
        config_ = parse_config("state_dir = \"" + dir_.file("state") + "\"\n[rules]\npacks = []\n" +
                                   source("a") + source("b") +
                                   "[[receiver]]\nname = \"hook\"\ntype = \"webhook\"\nurl = "
                                   "\"http://hook.sim/\"\n",
                               "test.toml");
    }
    ~IdleDaemon() override { Disk::instance().fail(0, 0); }

    std::string source(const std::string& name) const {
        return "[[source]]\npath = \"" + dir_.file(name + ".log") + "\"\ncluster = \"" + name + "\"\n";
    }
    void start() {
        works_ = std::make_unique<Works>(config_, std::make_unique<Way>(seen_));
        works_->delivery().open();
        works_->begin();
        pass(15);
    }
    void pass(int seconds) {
        for (int i = 0; i < seconds; ++i) {
            host().pass(1'000'000'000);
            while (works_->step() == Source::Read::Lines) continue;
            works_->delivery().turn();
        }
    }
    // As a command does, beside the daemon.
    void say(std::string_view table, std::string_view key, const std::string& row) const {
        const auto other = Store::open(config_.state_file(), Store::Mode::Attached);
        other->begin();
        other->writer().put(table, key, row);
        ASSERT_TRUE(other->commit());
    }
    std::string metrics() { return works_->metrics().serialize(Metrics::Format::Text); }

    // As the pipeline does: another finding for the outbox, whose length it returns.
    size_t find(Store& store, bool of_an_incident = false) {
        Finding finding{.id = "f_" + std::to_string(++found_), .severity = Severity::Critical};
        finding.count = 1;
        News news{.finding = finding};
        if (of_an_incident) {
            news.incident = Incident{.id = "i_" + std::to_string(found_)};
            news.incident->severity = finding.severity;
            news.turn = IncidentTurn::Opened;
        }
        store.begin();
        store.enqueue(news);
        EXPECT_TRUE(store.commit());
        return store.outbox(1000).size();
    }

    static std::string suppression() {
        return write_row(access::SaidNormal{.id = "u_1",
                                            .what = {.actor = "*", .behaviour = "*", .namespace_ = "*"},
                                            .made = {},
                                            .author = "alice",
                                            .comment = "known"});
    }
    static std::string suppressions(int count) {
        return "redshank_unusual_access_suppressions{state=\"command\"} " + std::to_string(count) + "\n";
    }

    test::TempDir dir_;
    Config config_;
    Seen seen_;
    std::unique_ptr<Works> works_;
    int found_ = 0;
};

TEST_F(IdleDaemon, DoesLittleInASecondHoweverMuchWasSaid) {
    start();
    Silence silence;
    silence.matchers.push_back(parse_matcher("actor=alice"));
    for (int i = 0; i < 50; ++i) {
        say("silences", "s_" + std::to_string(i), write_row(silence));
        say(access::kSuppressions, "u_" + std::to_string(i), suppression());
    }
    pass(15);
    constexpr int kSeconds = 60;
    const uint64_t before = test::allocations;
    pass(kSeconds);
    const uint64_t each = (test::allocations - before) / kSeconds;
    std::printf("%lu allocations a second\n", each);
    EXPECT_LE(each, 120u);
}

TEST_F(IdleDaemon, DeliveryWakesEveryTwoSeconds) {
    start();
    for (int i = 0; i < 10; ++i) {
        works_->delivery().turn();
        host().pass(std::chrono::nanoseconds(seen_.waits.back()).count());
    }
    seen_.waits.clear();
    for (int i = 0; i < 10; ++i) {
        works_->delivery().turn();
        host().pass(std::chrono::nanoseconds(seen_.waits.back()).count());
    }
    EXPECT_THAT(seen_.waits, Each(audit::Duration{2s}));
}

// However many findings somebody makes, and however fast they are accepted; also where each of them is to be
// saved before it is sent, as incidents beyond twenty are.
TEST_F(IdleDaemon, DeliverySavesFiftyTimesASecondAtMost) {
    seen_.answers = true;
    for (const bool of_incidents : {false, true}) {
        if (!of_incidents) {
            config_.receivers.at(0).group_by = std::vector<std::string>{};
            config_.receivers.at(0).group_wait = config_.receivers.at(0).group_interval = audit::Duration{};
        } else {
            config_.receivers.at(0).group_by = {"incident"};
        }
        start();
        const auto store = Store::open(config_.state_file(), Store::Mode::Attached);
        size_t saves = 0, before = 0;
        for (int millisecond = 0; millisecond < 1000; ++millisecond) {
            host().pass(1'000'000);
            before = find(*store, of_incidents);
            for (int turns = 0; turns < 3; ++turns) works_->delivery().turn();
            saves += store->outbox(1000).size() < before;
        }
        std::printf("%zu saves, %zu messages\n", saves, seen_.sent);
        EXPECT_LE(saves, 50u) << of_incidents;
        EXPECT_GE(saves, 40u) << of_incidents;
        EXPECT_GE(seen_.sent, of_incidents ? 20u : 100u);
        const auto at_once = std::count(seen_.waits.begin(), seen_.waits.end(), audit::Duration{});
        std::printf("%zu of %zu waits are none\n", static_cast<size_t>(at_once), seen_.waits.size());
        EXPECT_LE(at_once, 60) << "it does not spin meanwhile";
        works_.reset();
        seen_ = {.answers = true, .waits = {}};
    }
}

TEST_F(IdleDaemon, WhatADiskRefusesIsSavedASecondLaterThoughNothingComes) {
    seen_.answers = true;
    start();
    const auto store = Store::open(config_.state_file(), Store::Mode::Attached);
    find(*store);
    Disk::instance().fail(1, 0);
    for (int turns = 0; turns < 3; ++turns) works_->delivery().turn();
    Disk::instance().fail(0, 0);
    EXPECT_EQ(seen_.sent, 1u);
    EXPECT_EQ(store->outbox(10).size(), 1u);
    EXPECT_EQ(seen_.waits.back(), audit::Duration{1s});
    host().pass(999'000'000);
    works_->delivery().turn();
    EXPECT_EQ(store->outbox(10).size(), 1u);
    host().pass(1'000'000);
    works_->delivery().turn();
    EXPECT_EQ(store->outbox(10).size(), 0u);
    EXPECT_EQ(seen_.sent, 1u);
}

TEST_F(IdleDaemon, WhatWasTakenOverIsSavedAfterATenthOfASecondWithoutAnAnswer) {
    start();
    const auto store = Store::open(config_.state_file(), Store::Mode::Attached);
    find(*store);
    works_->delivery().turn();
    EXPECT_EQ(seen_.sent, 1u);
    EXPECT_EQ(seen_.waits.back(), audit::Duration{100ms});
    host().pass(99'000'000);
    works_->delivery().turn();
    EXPECT_EQ(store->outbox(10).size(), 1u);
    EXPECT_EQ(seen_.waits.back(), audit::Duration{1ms});
    host().pass(1'000'000);
    works_->delivery().turn();
    EXPECT_EQ(store->outbox(10).size(), 0u);
    EXPECT_EQ(seen_.waits.back(), audit::Duration{0ms});  // what can be sent goes first
}

TEST_F(IdleDaemon, HearsWhatACommandSays) {
    start();
    say("silences", "s_1", "no row");
    say(access::kSuppressions, "u_1", suppression());
    pass(2);
    EXPECT_THAT(metrics(), HasSubstr("redshank_state_rows_unusable_total{table=\"silences\"} 1\n"));
    EXPECT_THAT(metrics(), HasSubstr(suppressions(1)));
}

// The parts are measured when they may say something new, else once a minute.
TEST_F(IdleDaemon, MeasuresItsPartsAfterAReloadAndOnceAMinute) {
    start();
    test::write_file(dir_.path() / "rules.toml",
                     "[[rule]]\nid = \"one\"\ntitle = \"One\"\nseverity = \"low\"\n"
                     "condition = 'verb = \"get\"'\nsummary = \"{who} got {object}\"\n");
    Config other = parse_config("[rules]\npacks = []\nfiles = [\"" + dir_.file("rules.toml") + "\"]\n", "");
    load_rules(other.detectors);
    const auto loaded = [](int rules) { return "redshank_rules_loaded " + std::to_string(rules) + "\n"; };
    EXPECT_THAT(metrics(), HasSubstr(loaded(0)));
    works_->engine().reload(other.detectors);
    works_->health().reloaded(true);
    pass(1);
    EXPECT_THAT(metrics(), HasSubstr(loaded(1)));
    works_->engine().reload(config_.detectors);
    pass(59);
    EXPECT_THAT(metrics(), HasSubstr(loaded(1)));
    pass(1);
    EXPECT_THAT(metrics(), HasSubstr(loaded(0)));
}

// Nobody has said anything since, but this cluster was not there.
TEST_F(IdleDaemon, AClusterThatComesLaterHearsWhatWasSaidBefore) {
    start();
    say(access::kSuppressions, "u_1", suppression());
    pass(15);
    test::append_file(dir_.path() / "b.log", test::EventSpec{}.json() + "\n");
    pass(15);
    EXPECT_THAT(metrics(), HasSubstr(suppressions(2)));
}

TEST_F(IdleDaemon, WhatCouldNotBeReadIsReadLater) {
    start();
    say(access::kSuppressions, "u_1", suppression());
    Disk::instance().fail(0, 1);
    pass(5);
    EXPECT_FALSE(works_->delivery().can_read_state());
    Disk::instance().fail(0, 0);
    pass(15);
    EXPECT_TRUE(works_->delivery().can_read_state());
    EXPECT_THAT(metrics(), HasSubstr(suppressions(1)));
}

TEST_F(IdleDaemon, AReloadSendsAgainWhatWasRefused) {
    start();
    Alert alert = alert_of(Finding{.id = "f_1", .severity = Severity::Critical}, wall_clock());
    alert.notification = "n_1";
    say(kDeadTable, queue_key("hook", 1), write_row(DeadLetter{wall_clock(), "refused", alert, true}));
    works_.reset();
    start();
    EXPECT_EQ(seen_.sent, 0u);
    works_->delivery().reload({.receivers = config_.receivers, .store = config_.state_file()});
    pass(3);
    EXPECT_EQ(seen_.sent, 1u);
}

}  // namespace
}  // namespace redshank
