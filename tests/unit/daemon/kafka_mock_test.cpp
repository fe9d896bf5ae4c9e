// The source against librdkafka's mock cluster: real sockets, a real group.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <poll.h>

#include <chrono>
#include <functional>
#include <map>
#include <set>
#include <thread>

#include "daemon/config/config.h"
#include "daemon/fleet/kafka_state_log.h"
#include "daemon/fleet/stand_in.h"
#include "daemon/sources/kafka_source.h"
#include "daemon/works.h"
#include "tests/support/memory_state.h"
#include "tests/support/mock_kafka.h"
#include "tests/support/temp_dir.h"

namespace redshank {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

// The test fails, and does not hang, when nothing happens for so long.
constexpr auto kPatience = 60s;

std::string event(int number) {
    return fmt::format(R"({{"kind":"{}","stageTimestamp":"2026-01-05T10:00:00.{:06}Z"}})", number, number);
}

int number_of(std::string_view text) {
    return std::stoi(std::string(text.substr(text.find(':') + 2)));
}

// What a worker reads: with `members`, of which it is one, a share of the partitions.
struct Share {
    std::string member;
    std::vector<std::string> members;
    std::string topic = "audit*";
};

// A worker, by hand. What it reads is committed when the test says so.
struct Worker {
    Worker(const std::string& address, test::MemoryState& with, Share share = {}) : state(with) {
        KafkaSourceConfig config;
        config.name = "kafka";
        config.group = "g";
        config.member = share.member;
        config.members = std::move(share.members);
        config.topics = {share.topic};
        config.connection.brokers = {address};
        // The mock waits 3 s for a group's first members, who must not time out meanwhile, and ends each
        // later round of a rebalance after the session's time less a second, though all members are there.
        // Brokers do not wait then.
        config.connection.properties = {{"session.timeout.ms", "4000"},
                                        {"heartbeat.interval.ms", "100"},
                                        {"fetch.wait.max.ms", "50"},
                                        {"fetch.error.backoff.ms", "50"}};
        source = make_kafka_source(config, [](const KafkaSourceConfig& from) {
            return make_kafka_client(from.connection, from.subscription());
        });
        source->load(state);
        source->start(std::nullopt);
    }

    // Reads all that there is, and waits a little for more.
    void step() {
        while (look() == Source::Read::Lines) {
        }
        pollfd fd{source->wake_fd(), POLLIN, 0};
        ::poll(&fd, 1, 20);
    }
    Source::Read look() {
        const Source::Read read = source->read(batch);
        for (const Line& line : batch.lines) got.push_back(number_of(line.text));
        for (const SourceNotice& notice : batch.notices) {
            if (!notice.over) said.push_back(notice.what);
        }
        if (source->is_awaited()) commit();
        return read;
    }
    void commit() {
        source->save(state);
        source->committed();
        committed = got;
    }

    test::MemoryState& state;
    std::unique_ptr<Source> source;
    Batch batch;
    std::vector<int> got, committed;
    std::vector<std::string> said;
};

// Steps until `is_done`; false when it takes too long.
bool run(std::initializer_list<Worker*> workers, const std::function<bool()>& is_done) {
    const auto until = std::chrono::steady_clock::now() + kPatience;
    while (!is_done()) {
        if (std::chrono::steady_clock::now() > until) return false;
        for (Worker* worker : workers) worker->step();
    }
    return true;
}

std::vector<int> numbers(int from, int to) {
    std::vector<int> all;
    for (int i = from; i < to; ++i) all.push_back(i);
    return all;
}

class KafkaMockTest : public ::testing::Test {
  protected:
    void put(int from, int to, int partitions) {
        for (int i = from; i < to; ++i) kafka_.put("audit", i % partitions, "prod", event(i));
        kafka_.flush();
    }

    test::MockKafka kafka_;
    test::MemoryState state_;
};

TEST_F(KafkaMockTest, AKilledWorkerGoesOnWhereItCommitted) {
    kafka_.make_topic("audit", 1);
    put(0, 1000, 1);
    {
        Worker worker(kafka_.address(), state_);
        ASSERT_TRUE(run({&worker}, [&] { return worker.got.size() >= 1000; }));
        EXPECT_EQ(worker.got, numbers(0, 1000));
        worker.commit();
        put(1000, 1500, 1);
        ASSERT_TRUE(run({&worker}, [&] { return worker.got.size() >= 1500; }));  // and is killed
    }
    put(1500, 1600, 1);
    Worker worker(kafka_.address(), state_);
    ASSERT_TRUE(
        run({&worker}, [&] { return worker.got.size() >= 600 && worker.source->status().caught_up; }));
    EXPECT_EQ(worker.got, numbers(1000, 1600));
}

TEST_F(KafkaMockTest, FaultsOfBrokersLoseAndDoubleNothing) {
    kafka_.make_topic("audit", 3);
    put(0, 300, 3);
    Worker worker(kafka_.address(), state_);
    constexpr int16_t kFetch = 1, kHeartbeat = 12;
    for (int round = 1; round <= 5; ++round) {
        kafka_.fail(kFetch, {RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION, RD_KAFKA_RESP_ERR__TRANSPORT,
                             RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT, RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART});
        kafka_.fail(kHeartbeat, {RD_KAFKA_RESP_ERR_REBALANCE_IN_PROGRESS});
        put(300 * round, 300 * (round + 1), 3);
        ASSERT_TRUE(run({&worker}, [&] { return worker.got.size() >= 300u * (round + 1); })) << round;
    }
    std::sort(worker.got.begin(), worker.got.end());
    EXPECT_EQ(worker.got, numbers(0, 1800));
    EXPECT_THAT(worker.said, testing::IsEmpty());
}

TEST_F(KafkaMockTest, BrokersThatAreDownAreToldAndComeBack) {
    kafka_.make_topic("audit", 1);
    put(0, 10, 1);
    Worker worker(kafka_.address(), state_);
    ASSERT_TRUE(run({&worker}, [&] { return worker.got.size() == 10; }));
    EXPECT_TRUE(worker.source->status().up);
    kafka_.set_up(1, false);
    ASSERT_TRUE(run({&worker}, [&] { return !worker.source->status().up; }));
    EXPECT_THAT(worker.source->status().problem,
                testing::AllOf(HasSubstr("no broker of 127.0.0.1:"), HasSubstr("check that they run")));
    kafka_.set_up(1, true);
    put(10, 20, 1);
    ASSERT_TRUE(run({&worker}, [&] { return worker.got.size() == 20; }));
    EXPECT_TRUE(worker.source->status().up);
    EXPECT_EQ(worker.source->status().problem, "");
    EXPECT_EQ(worker.got, numbers(0, 20));
}

TEST_F(KafkaMockTest, WhatTheBrokersDroppedIsAGap) {
    kafka_.make_topic("audit", 1);
    put(0, 10, 1);
    {
        Worker worker(kafka_.address(), state_);
        ASSERT_TRUE(run({&worker}, [&] { return worker.got.size() == 10; }));
        worker.commit();
    }
    for (int i = 10; i < 50; ++i) {
        kafka_.put("audit", 0, "prod", event(i) + std::string(400'000, ' '));
        kafka_.flush();
    }
    Worker worker(kafka_.address(), state_);
    ASSERT_TRUE(run({&worker}, [&] { return !worker.got.empty() && worker.got.back() == 49; }));
    EXPECT_GT(worker.got.front(), 10);
    EXPECT_EQ(worker.got, numbers(worker.got.front(), 50));
    ASSERT_TRUE(run({&worker}, [&] { return !worker.said.empty(); }));
    EXPECT_THAT(worker.said, testing::ElementsAre("retention"));
}

TEST_F(KafkaMockTest, ASecondWorkerTakesOverWhatTheFirstCommitted) {
    kafka_.make_topic("audit", 4);
    put(0, 400, 4);
    test::MemoryState other;
    Worker first(kafka_.address(), state_);
    ASSERT_TRUE(run({&first}, [&] { return first.got.size() == 400; }));
    Worker second(kafka_.address(), other);
    const auto share = [](const Worker& worker) {
        for (const auto& [table, rows] : worker.state.tables) {
            if (table == "topic.partitions") return rows.size();
        }
        return size_t{0};
    };
    int next = 400;
    ASSERT_TRUE(run({&first, &second}, [&] {
        put(next, next + 4, 4);
        next += 4;
        second.commit();
        return share(second) == 2;
    }));
    // The group's offsets are a hint: on a busy machine the group may put the first one out before it has
    // noted them, and the second reads again. Nothing is lost.
    const auto read = [&] {
        std::set<int> all(first.got.begin(), first.got.end());
        all.insert(second.got.begin(), second.got.end());
        return std::vector<int>(all.begin(), all.end());
    };
    ASSERT_TRUE(run({&first, &second}, [&] { return read().size() >= size_t(next); }));
    EXPECT_EQ(read(), numbers(0, next));
}

// Each begins at once, whatever the group waits for, and nobody has the share of one that is away.
TEST_F(KafkaMockTest, WorkersOfANamedFleetReadTheirShares) {
    kafka_.make_topic("audit", 2);
    put(0, 100, 2);
    const std::vector<std::string> members{"a", "b"};
    test::MemoryState other;
    std::vector<int> even, odd;
    for (int i = 0; i < 100; ++i) (i % 2 == 0 ? even : odd).push_back(i);
    Worker first(kafka_.address(), state_, {"a", members});
    ASSERT_TRUE(run({&first}, [&] { return first.source->status().caught_up; }));
    EXPECT_EQ(first.got, TopicShare({0, 2}).has({"audit", 0}) ? even : odd);
    first.commit();
    Worker second(kafka_.address(), other, {"b", members});
    ASSERT_TRUE(run({&first, &second}, [&] { return second.source->status().caught_up; }));
    EXPECT_EQ(second.got, TopicShare({1, 2}).has({"audit", 0}) ? even : odd);
    EXPECT_EQ(first.got.size() + second.got.size(), 100u);
    EXPECT_THAT(first.said, testing::IsEmpty());
}

TEST_F(KafkaMockTest, AShareGoesOnWhereItWasCommitted) {
    kafka_.make_topic("audit", 1);
    put(0, 100, 1);
    {
        Worker worker(kafka_.address(), state_, {"a", {"a"}});
        ASSERT_TRUE(run({&worker}, [&] { return worker.got.size() == 100; }));
        worker.commit();
    }
    put(100, 120, 1);
    Worker worker(kafka_.address(), state_, {"a", {"a"}});
    ASSERT_TRUE(run({&worker}, [&] { return worker.got.size() >= 20; }));
    EXPECT_EQ(worker.got, numbers(100, 120));
}

// More workers than partitions: the one that has none is no trouble.
TEST_F(KafkaMockTest, AnEmptyShareHasReadAll) {
    kafka_.make_topic("audit", 1);
    put(0, 10, 1);
    const std::string idle = TopicShare({0, 2}).has({"audit", 0}) ? "b" : "a";
    Worker worker(kafka_.address(), state_, {idle, {"a", "b"}});
    ASSERT_TRUE(run({&worker}, [&] { return worker.source->status().caught_up; }));
    EXPECT_THAT(worker.got, testing::IsEmpty());
    EXPECT_EQ(worker.source->status().problem, "");
}

// The worker asks again until the topic is there, and says which one is not.
TEST_F(KafkaMockTest, ATopicThatIsNotThereIsToldAndReadOnceItIs) {
    Worker worker(kafka_.address(), state_, {"a", {"a"}, "later"});
    ASSERT_TRUE(run({&worker}, [&] { return !worker.source->status().problem.empty(); }));
    EXPECT_THAT(worker.source->status().problem,
                testing::StartsWith("the brokers have no topic later; check the names in `topics`"));
    kafka_.make_topic("later", 1);
    kafka_.put("later", 0, "prod", event(7));
    kafka_.flush();
    ASSERT_TRUE(run({&worker}, [&] { return !worker.got.empty(); }));
    EXPECT_EQ(worker.got, std::vector<int>{7});
    EXPECT_EQ(worker.source->status().problem, "");
}

using Rows = std::vector<std::pair<std::string, std::string>>;

bool write(StateLog& log, const Rows& rows) {
    return log.write([&](const StateLog::Row& row) {
        for (const auto& [key, value] : rows)
            value.empty() ? row(key, std::nullopt) : row(key, std::string_view(value));
        return !rows.empty();
    });
}

std::map<std::string, std::string> kept(StateLog& log) {
    std::map<std::string, std::string> rows;
    log.read([&](std::string_view key, std::optional<std::string_view> value) {
        rows[std::string(key)] = value.value_or("gone");
    });
    return rows;
}

TEST_F(KafkaMockTest, AStateIsKeptInATopic) {
    kafka_.make_topic("states", 2);
    const auto join = [&](const std::string& writer) {
        auto log = make_kafka_state_log(
            {.connection = {.brokers = {kafka_.address()}}, .topic = "states", .writer = writer});
        log->claim();
        return log;
    };
    const auto first = join("g/a");
    EXPECT_THAT(kept(*first), testing::IsEmpty());
    EXPECT_TRUE(write(*first, {{"one", "1"}, {"two", "2"}, {"three", "3"}})) << first->problem();
    EXPECT_TRUE(write(*first, {{"one", "11"}, {"two", ""}})) << first->problem();
    EXPECT_TRUE(write(*first, {})) << first->problem();
    const auto other = join("g/b");
    EXPECT_TRUE(write(*other, {{"one", "other"}}));
    const auto second = join("g/a");
    EXPECT_THAT(kept(*second), testing::ElementsAre(testing::Pair("one", "11"), testing::Pair("three", "3"),
                                                    testing::Pair("two", "gone")));
    EXPECT_TRUE(write(*second, {{"one", "12"}})) << second->problem();
    EXPECT_EQ(kept(*second)["one"], "12");
    // The mock fences nobody by itself.
    constexpr int16_t kEndTxn = 26;
    kafka_.fail(kEndTxn, {RD_KAFKA_RESP_ERR_PRODUCER_FENCED});
    for (const char* late : {"late", "later"}) {
        EXPECT_FALSE(write(*first, {{"one", late}}));
        EXPECT_THAT(first->problem(), HasSubstr("another worker has this name"));
    }
}

TEST_F(KafkaMockTest, AStateWhoseBrokersAreAwayIsCopiedLater) {
    kafka_.make_topic("states", 1);
    const auto log = make_kafka_state_log(
        {.connection = {.brokers = {kafka_.address()}}, .topic = "states", .writer = "g/a", .patience = 1s});
    log->claim();
    kafka_.set_up(1, false);
    EXPECT_FALSE(write(*log, {{"one", "1"}}));
    EXPECT_NE(log->problem(), "");
    kafka_.set_up(1, true);
    const auto until = std::chrono::steady_clock::now() + kPatience;
    while (!write(*log, {{"one", "1"}})) ASSERT_LT(std::chrono::steady_clock::now(), until) << log->problem();
    EXPECT_EQ(kept(*log)["one"], "1");
}

TEST_F(KafkaMockTest, ASpareWithoutADiskGoesOnFromTheStateTopic) {
    kafka_.make_topic("states", 1);
    kafka_.make_topic("audit", 1);
    put(0, 100, 1);
    const test::TempDir folder;
    const auto works = [&](const std::string& disk, const std::string& who) {
        const std::string text = fmt::format(
            "state_dir = \"{}\"\n[[source]]\ntype = \"kafka\"\nbrokers = [\"{}\"]\ntopics = [\"audit\"]\n"
            "{}\nmembers = [\"redshank-0\"]\nstate_topic = \"states\"\n",
            folder.file(disk), kafka_.address(), who);
        Config config = parse_config(text, "x.toml");
        EXPECT_EQ(is_spare(config), who.starts_with("stands"));
        EXPECT_TRUE(gives_way(config));
        stand_in(config, 300ms);
        auto made = std::make_unique<Works>(config, nullptr);
        made->begin();
        return made;
    };
    const auto read_to = [](Works& some, const std::string& position) {
        const auto until = std::chrono::steady_clock::now() + kPatience;
        for (std::string now; now != position;) {
            if (std::chrono::steady_clock::now() > until) return false;
            some.step();
            some.store().state().scan("topic.partitions", "", [&](auto, auto value) { now = value; });
        }
        return true;
    };
    {
        const auto first = works("one", "member = \"redshank-0\"");
        first->publisher()->start();
        ASSERT_TRUE(read_to(*first, R"({"next":100})"));
        first->end();
        first->publisher()->stop();
        EXPECT_EQ(first->publisher()->problem(), "");
    }
    put(100, 120, 1);
    const auto second = works("two", "stands_in_for = [\"redshank-0\"]");
    std::string begun;
    second->store().state().scan("topic.partitions", "", [&](auto, auto value) { begun = value; });
    EXPECT_EQ(begun, R"({"next":100})");
    ASSERT_TRUE(read_to(*second, R"({"next":120})"));
}

// One writes, one never began, one ended: the spare goes on as one of those that are silent, and not before.
TEST_F(KafkaMockTest, ASpareStandsInForWhoIsSilent) {
    kafka_.make_topic("states", 3);
    const auto topic = [&](const std::string& writer) {
        return KafkaStateTopic{
            .connection = {.brokers = {kafka_.address()}}, .topic = "states", .writer = writer};
    };
    std::jthread speaker([&](const std::stop_token& stop) {
        const auto log = make_kafka_state_log(topic("g/a"));
        log->claim();
        while (!stop.stop_requested()) {
            write(*log, {{"writer", "x"}});
            std::this_thread::sleep_for(20ms);
        }
    });
    EXPECT_EQ(wait_for_silence(topic(""), {"g/0", "g/a"}, 1500ms), "g/0");
    speaker.request_stop();
    speaker.join();
    EXPECT_EQ(wait_for_silence(topic(""), {"g/a"}, 100ms), "g/a");
}

TEST(KafkaClient, FilesThatCannotBeReadAreAnError) {
    KafkaConnection connection{.brokers = {"127.0.0.1:1"}, .tls = true, .ca_file = "/nowhere/ca.pem"};
    EXPECT_THAT(
        [&] { make_kafka_client(connection, {.group = "g", .topics = {"t"}}); },
        testing::ThrowsMessage<std::runtime_error>("ca_file /nowhere/ca.pem: cannot read: No such file "
                                                   "or directory"));
    connection = {
        .brokers = {"127.0.0.1:1"}, .sasl = "PLAIN", .username = "u", .password_file = "/nowhere/p"};
    EXPECT_THAT(
        [&] { make_kafka_client(connection, {.group = "g", .topics = {"t"}}); },
        testing::ThrowsMessage<std::runtime_error>(HasSubstr("password_file /nowhere/p: cannot read")));
}

TEST(KafkaClient, NobodyThereIsAState) {
    test::MemoryState state;
    Worker worker("127.0.0.1:1", state);
    ASSERT_TRUE(run({&worker}, [&] { return !worker.source->status().problem.empty(); }));
    EXPECT_FALSE(worker.source->status().up);
    EXPECT_THAT(worker.source->status().problem, HasSubstr("Connection refused; check that they run"));
}

}  // namespace
}  // namespace redshank
