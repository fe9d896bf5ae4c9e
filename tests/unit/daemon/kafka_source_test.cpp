#include "daemon/sources/kafka_source.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include "core/config/table.h"
#include "daemon/config/config.h"
#include "daemon/fleet/hears_of_copies.h"
#include "daemon/sources/topic_stream.h"
#include "tests/support/fake_topics.h"
#include "tests/support/memory_state.h"

namespace redshank {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

const TopicPartition kFirst{"audit", 0}, kSecond{"audit", 1};

// A record that says its name; at `millis` of a minute.
std::string event(const std::string& name, int millis) {
    return fmt::format(R"({{"kind":"{}","stageTimestamp":"2026-01-05T10:00:{:02}.{:03}000Z"}})", name,
                       millis / 1000, millis % 1000);
}

std::string name_of(std::string_view text) {
    constexpr std::string_view kKey = R"("kind":")";
    const size_t at = text.find(kKey);
    if (at == text.npos) return std::string(text);
    text.remove_prefix(at + kKey.size());
    return std::string(text.substr(0, text.find('"')));
}

// A source that is read, committed and restarted by hand. Each line is told as CLUSTER/NAME.
class KafkaSourceTest : public ::testing::Test {
  protected:
    KafkaSourceTest() {
        topics_.most_records = 0;
        config_.group = "g";
        config_.topics = {"audit"};
        config_.cluster = "here";
        config_.now = [this] { return now_; };
        topics_.add("audit", 2);
    }

    void start() {
        source_ = make_kafka_source(config_, [this](const KafkaSourceConfig&) {
            auto client = topics_.join();
            member_ = dynamic_cast<test::FakeTopics::Member*>(client.get());
            return client;
        });
        source_->load(state_);
        source_->start(std::nullopt);
    }
    // The second partition has the first line, and is paused: the first one's waits for it.
    void start_behind() {
        config_.cluster_from = KafkaSourceConfig::ClusterFrom::Fixed;
        topics_.put(kFirst, event("b", 2));
        topics_.put(kSecond, event("a", 1));
        start();
        source_->read(batch_);  // the group gives both
        member_->paused.insert(kSecond);
        EXPECT_THAT(read(), IsEmpty());
    }
    void commit() {
        source_->save(state_);
        source_->committed();
    }

    // Reads until nothing comes any more.
    std::vector<std::string> read() {
        topics_.most_records = 100;
        std::vector<std::string> names;
        for (int idle = 0; idle < 30; ++idle) {
            while (source_->read(batch_) == Source::Read::Lines && !batch_.empty()) {
                for (const Line& line : batch_.lines)
                    names.push_back(batch_.cluster + "/" + name_of(line.text));
                for (const SourceNotice& notice : batch_.notices) {
                    const std::string text =
                        batch_.cluster + ": " + notice.kind + " " + notice.what + " " + notice.text;
                    (notice.over ? over_ : said_).push_back(text);
                }
                if (!batch_.lines.empty()) {
                    places_.push_back(fmt::format("{} {}", batch_.file, batch_.lines.back().offset));
                    idle = 0;
                }
            }
        }
        return names;
    }
    // What waits for other partitions comes as well.
    std::vector<std::string> read_all() {
        std::vector<std::string> names = read();
        now_ += 11s;
        for (std::string& name : read()) names.push_back(std::move(name));
        return names;
    }

    test::FakeTopics topics_;
    test::FakeTopics::Member* member_ = nullptr;
    test::MemoryState state_;
    KafkaSourceConfig config_;
    KafkaSourceConfig::Clock::time_point now_{};
    std::unique_ptr<Source> source_;
    Batch batch_;
    std::vector<std::string> said_, over_, places_;
};

TEST_F(KafkaSourceTest, ARecordIsALineOfTheClusterInItsKey) {
    topics_.put(kFirst, event("a", 1), "red");
    topics_.put(kFirst, event("b", 2), "blue");
    start();
    EXPECT_THAT(read_all(), testing::UnorderedElementsAre("red/a", "blue/b"));
    EXPECT_THAT(places_, testing::UnorderedElementsAre("kafka:audit/0 0", "kafka:audit/0 1"));
    EXPECT_EQ(source_->name(), "kafka g");
    EXPECT_TRUE(source_->status().caught_up);
    EXPECT_EQ(source_->status().problem, "");
}

// A commit within it would hold positions that are behind lines whose findings it has not.
TEST_F(KafkaSourceTest, NothingIsCommittedWithinABatch) {
    for (int i = 0; i < 3; ++i) topics_.put(kFirst, event("a", i));
    topics_.most_records = 100;
    start();
    do {
        source_->read(batch_);
    } while (batch_.lines.empty());
    EXPECT_GT(batch_.lines.size(), 1u);
    EXPECT_FALSE(batch_.can_be_cut);
}

TEST_F(KafkaSourceTest, PartitionsOfAClusterAreReadInTheOrderOfTime) {
    topics_.put(kFirst, event("a", 1));
    topics_.put(kSecond, event("b", 2));
    topics_.put(kFirst, event("c", 3));
    topics_.put(kSecond, event("d", 4));
    config_.cluster_from = KafkaSourceConfig::ClusterFrom::Fixed;
    start();
    EXPECT_THAT(read_all(), ElementsAre("here/a", "here/b", "here/c", "here/d"));
}

TEST_F(KafkaSourceTest, APartitionThatIsBehindIsWaitedForButNotForEver) {
    start_behind();
    now_ += 9s;
    EXPECT_THAT(read(), IsEmpty());
    now_ += 1s;
    EXPECT_THAT(read(), ElementsAre("here/b"));
    member_->paused.clear();
    EXPECT_THAT(read_all(), ElementsAre("here/a"));
}

TEST_F(KafkaSourceTest, WhatBrokersHaveIsWaitedForWhileTheyAreAway) {
    start_behind();
    member_->problem = "no broker can be reached";
    now_ += 9s;
    EXPECT_THAT(read(), IsEmpty());
    member_->problem.clear();
    member_->paused.clear();
    EXPECT_THAT(read(), ElementsAre("here/a", "here/b"));
}

TEST(TopicStream, WhatHasComeAndWasNotReadIsWaitedFor) {
    const std::string file = "kafka:audit/0", cluster = "prod";
    TopicStream::State state{.is_at_end = true};
    TopicStream stream(file, cluster, state);
    EXPECT_FALSE(stream.is_late());
    stream.add(0, event("a", 1));
    EXPECT_TRUE(stream.is_late());
    Batch batch;
    stream.read(batch);
    EXPECT_FALSE(stream.is_late());
}

TEST_F(KafkaSourceTest, OneClustersRecordsDoNotWaitForAnothers) {
    config_.cluster_from = KafkaSourceConfig::ClusterFrom::Key;
    topics_.put(kFirst, event("r1", 1), "red");
    topics_.put(kSecond, event("r2", 2), "red");
    start();
    read_all();
    topics_.put(kFirst, event("r3", 9), "red");  // waits for the other partition, which has nothing
    topics_.put(kFirst, event("b1", 3), "blue");
    EXPECT_THAT(read(), ElementsAre("blue/b1"));
    commit();
    // The red one was not handed on; blue's was.
    EXPECT_THAT(state_.tables["topic.partitions"],
                ElementsAre(testing::Pair("kafka g\x1f"
                                          "audit\x1f"
                                          "0",
                                          R"({"next":1,"ahead":{"blue":3}})"),
                            testing::Pair("kafka g\x1f"
                                          "audit\x1f"
                                          "1",
                                          R"({"next":1})")));
    start();
    EXPECT_THAT(read_all(), ElementsAre("red/r3"));
    commit();
    EXPECT_EQ(state_.tables["topic.partitions"].begin()->second, R"({"next":3})");
}

TEST_F(KafkaSourceTest, WhatWasCommittedIsNotReadAgain) {
    for (int i = 0; i < 4; ++i) topics_.put(kFirst, event(std::to_string(i), i));
    start();
    EXPECT_EQ(read_all().size(), 4u);
    commit();
    topics_.put(kFirst, event("4", 4));
    start();
    EXPECT_THAT(read_all(), ElementsAre("prod/4"));
    start();  // killed before a commit
    EXPECT_THAT(read_all(), ElementsAre("prod/4"));
}

TEST_F(KafkaSourceTest, TheGroupsOffsetsAreAHint) {
    for (int i = 0; i < 4; ++i) topics_.put(kFirst, event(std::to_string(i), i));
    topics_.noted[kFirst] = 2;
    start();
    EXPECT_THAT(read_all(), ElementsAre("prod/2", "prod/3"));
    commit();
    EXPECT_EQ(topics_.noted[kFirst], 4);
    topics_.noted[kFirst] = 0;
    start();
    EXPECT_THAT(read_all(), IsEmpty());  // own positions count
    EXPECT_THAT(member_->begun, ElementsAre(TopicPlace{kFirst, 4}, TopicPlace{kSecond, 0}));
}

TEST_F(KafkaSourceTest, WhereNothingIsKnownTheConfigurationSaysWhereToBegin) {
    for (int i = 0; i < 4; ++i) topics_.put(kFirst, event(std::to_string(i), i));
    topics_.noted[kFirst] = 2;
    config_.start = KafkaSourceConfig::Start::End;
    start();
    EXPECT_THAT(read_all(), IsEmpty());
    topics_.put(kFirst, event("4", 4));
    EXPECT_THAT(read_all(), ElementsAre("prod/4"));
    config_.start = KafkaSourceConfig::Start::Beginning;
    start();
    EXPECT_EQ(read_all().size(), 5u);
}

TEST_F(KafkaSourceTest, WithAStateTopicTheGroupIsToldWhatIsInTheCopy) {
    config_.state_topic = "states";
    now_ += 5s;
    start();
    const auto next = [&] {
        topics_.put(kFirst, event("a", 1));
        read();
        commit();
        dynamic_cast<HearsOfCopies&>(*source_).copied();
        return topics_.noted[kFirst];
    };
    EXPECT_EQ(next(), 0);  // the copy may have begun before the commit,
    EXPECT_EQ(next(), 0);  // and so may this one
    EXPECT_EQ(next(), 1);
    source_.reset();
    EXPECT_EQ(topics_.noted[kFirst], 1);
}

TEST_F(KafkaSourceTest, RecordsThatTheBrokersDeletedAreAGap) {
    for (int i = 0; i < 3; ++i) topics_.put(kFirst, event(std::to_string(i), i));
    start();
    read_all();
    commit();
    for (int i = 3; i < 8; ++i) topics_.put(kFirst, event(std::to_string(i), i));
    topics_.forget_before(kFirst, 6);
    start();
    EXPECT_THAT(read_all(), ElementsAre("prod/6", "prod/7"));
    EXPECT_THAT(said_,
                ElementsAre(HasSubstr("prod: audit-gap retention Part of the audit log was never read: 3 "
                                      "records of audit/0, offsets 3 to 5.")));
    EXPECT_EQ(source_->status().gaps, 1u);
}

TEST_F(KafkaSourceTest, OffsetsThatNeverWereRecordsAreNoGap) {
    topics_.put(kFirst, event("0", 0));
    topics_.all[kFirst].end = 3;  // the marks of a transaction
    topics_.put(kFirst, event("3", 3));
    start();
    EXPECT_THAT(read_all(), ElementsAre("prod/0", "prod/3"));
    EXPECT_THAT(said_, IsEmpty());
}

TEST_F(KafkaSourceTest, ATopicThatWasMadeAgainIsToldAndRead) {
    for (int i = 0; i < 5; ++i) topics_.put(kFirst, event(std::to_string(i), i));
    start();
    read_all();
    commit();
    topics_.all[kFirst] = {};
    topics_.put(kFirst, event("new", 9));
    start();
    EXPECT_THAT(read_all(), ElementsAre("prod/new"));
    EXPECT_THAT(said_, ElementsAre(HasSubstr("prod: audit-log-tampered begun-anew audit/0 ends before")));
    commit();
    EXPECT_EQ(state_.tables["topic.partitions"].begin()->second, R"({"next":1})");
}

TEST_F(KafkaSourceTest, WhatIsTakenIsHandedOverWithTheCommit) {
    topics_.put(kFirst, event("a", 1));
    topics_.put(kSecond, event("b", 2), "other");
    start();
    read_all();
    EXPECT_FALSE(source_->is_awaited());
    auto other = topics_.join();
    topics_.put(kSecond, event("c", 3), "other");
    read_all();
    EXPECT_TRUE(source_->is_awaited());
    EXPECT_THAT(member_->owned, ElementsAre(kFirst, kSecond));  // until the commit
    commit();
    EXPECT_FALSE(source_->is_awaited());
    EXPECT_THAT(member_->owned, ElementsAre(kFirst));
    EXPECT_EQ(topics_.noted[kSecond], 1);  // where the next one goes on
    topics_.put(kFirst, event("d", 4));
    EXPECT_THAT(read_all(), ElementsAre("prod/d"));
}

TEST_F(KafkaSourceTest, TheGroupIsHeardWhileThereAreLinesToHandOn) {
    for (int i = 0; i < 40; ++i) topics_.put(i % 2 == 0 ? kFirst : kSecond, event("a", i));
    topics_.most_records = 100;
    start();
    while (source_->read(batch_) != Source::Read::Lines || batch_.lines.empty()) {
    }
    const auto other = topics_.join();
    source_->read(batch_);
    EXPECT_FALSE(source_->is_awaited());
    now_ += 100ms;
    source_->read(batch_);
    EXPECT_FALSE(batch_.lines.empty());
    EXPECT_TRUE(source_->is_awaited());  // a partition is taken, though lines are left
}

TEST_F(KafkaSourceTest, AtItsEndTheGroupKnowsWhatIsCommitted) {
    const auto next = [&] {
        topics_.put(kFirst, event("a", 1));
        read();
        source_->save(state_);
    };
    now_ += 5s;
    start();
    next();
    source_->committed();
    EXPECT_EQ(topics_.noted[kFirst], 1);
    next();
    source_->committed();
    EXPECT_EQ(topics_.noted[kFirst], 1);  // not with each commit
    next();                               // the disk is full
    source_.reset();
    EXPECT_EQ(topics_.noted[kFirst], 2);
}

TEST_F(KafkaSourceTest, WhatIsLostIsLetGoAtOnce) {
    topics_.put(kSecond, event("b", 2));
    start();
    read_all();
    member_->loses = true;
    auto other = topics_.join();
    read_all();
    EXPECT_FALSE(source_->is_awaited());
    EXPECT_THAT(member_->owned, ElementsAre(kFirst));
    commit();  // what was handed on of it is in this state
    EXPECT_EQ(state_.tables["topic.partitions"].rbegin()->second, R"({"next":1})");
}

TEST_F(KafkaSourceTest, UnreachableBrokersAreAState) {
    start();
    EXPECT_FALSE(source_->status().up);
    EXPECT_TRUE(source_->status().starting);
    member_->problem = "no broker of b:9092 can be reached";
    EXPECT_THAT(read(), IsEmpty());
    EXPECT_FALSE(source_->status().up);
    EXPECT_FALSE(source_->status().starting);
    EXPECT_EQ(source_->status().problem, "no broker of b:9092 can be reached");
    member_->problem = "";
    topics_.put(kFirst, event("a", 1));
    EXPECT_THAT(read_all(), ElementsAre("prod/a"));
    EXPECT_TRUE(source_->status().up);
    EXPECT_EQ(source_->status().problem, "");
}

TEST_F(KafkaSourceTest, RecordsWithoutAClusterAreToldForTenMinutes) {
    topics_.put(kFirst, event("a", 1), "");
    start();
    EXPECT_THAT(read_all(), ElementsAre("here/a"));
    EXPECT_EQ(
        source_->status().problem,
        "records name no cluster and count as cluster here; let the shipper set the record's key, or give "
        "the source `cluster`");
    now_ += 10min;
    EXPECT_EQ(source_->status().problem, "");
}

TEST_F(KafkaSourceTest, OnlyClustersThatAreWantedAreRead) {
    config_.clusters = {"prod-*"};
    topics_.put(kFirst, event("a", 1), "prod-eu");
    topics_.put(kFirst, event("b", 2), "test");
    topics_.put(kFirst, event("c", 3), "prod-us");
    start();
    EXPECT_THAT(read_all(), testing::UnorderedElementsAre("prod-eu/a", "prod-us/c"));
    EXPECT_EQ(source_->status().problem, "");
}

TEST_F(KafkaSourceTest, NoMoreClustersThanAllowed) {
    config_.most_clusters = 1;
    topics_.put(kFirst, event("a", 1), "one");
    topics_.put(kFirst, event("b", 2), "two");
    topics_.put(kFirst, event("c", 3), "one");
    start();
    EXPECT_THAT(read_all(), ElementsAre("one/a", "one/c"));
    EXPECT_THAT(source_->status().problem, HasSubstr("records name more than 1 clusters"));
}

TEST_F(KafkaSourceTest, TheClusterComesFromWhereTheConfigurationSays) {
    using From = KafkaSourceConfig::ClusterFrom;
    topics_.put(kFirst, R"({"logGroup":"/aws/eks/blue/cluster","logEvents":[]})", "green");
    topics_.all[kFirst].records.back().header = "red";
    const auto cluster = [&](From from) {
        config_.cluster_from = from;
        start();
        const auto lines = read_all();
        return lines.empty() ? "none" : lines.front().substr(0, lines.front().find('/'));
    };
    EXPECT_EQ(cluster(From::Key), "green");
    EXPECT_EQ(cluster(From::Header), "red");
    EXPECT_EQ(cluster(From::Topic), "audit");
    EXPECT_EQ(cluster(From::Envelope), "blue");
    EXPECT_EQ(cluster(From::Fixed), "here");
}

TEST_F(KafkaSourceTest, ARecordMayHoldSeveralLinesWhichGoTogether) {
    topics_.put(kFirst, event("a", 1) + "\n" + event("c", 30'000) + "\n\n");
    topics_.put(kSecond, event("b", 2));
    topics_.put(kFirst, "\n");  // nothing
    topics_.put(kFirst, "{\n  \"kind\": \"List\",\n  \"items\": [\n    {}\n  ]\n}");
    config_.cluster_from = KafkaSourceConfig::ClusterFrom::Fixed;
    start();
    EXPECT_THAT(read_all(), ElementsAre("here/a", "here/c", "here/b",
                                        "here/{\n  \"kind\": \"List\",\n  \"items\": [\n    {}\n  ]\n}"));
    commit();
    start();
    EXPECT_THAT(read_all(), IsEmpty());
}

TEST_F(KafkaSourceTest, ASilentClusterIsToldAndTheEndOfItsSilence) {
    topics_.put(kFirst, event("a", 1), "red");
    start();
    read_all();
    now_ += 10min;
    read();
    EXPECT_THAT(said_,
                ElementsAre(HasSubstr("red: audit-log-stalled silent Nothing of cluster red has come")));
    said_.clear();
    over_.clear();
    read();
    EXPECT_THAT(said_, IsEmpty());
    topics_.put(kFirst, event("b", 2), "red");
    read_all();
    EXPECT_THAT(said_, IsEmpty());
    EXPECT_THAT(over_, ElementsAre("red: audit-log-stalled silent "));
}

TEST_F(KafkaSourceTest, APartitionThatIsFarAheadIsPaused) {
    config_.cluster_from = KafkaSourceConfig::ClusterFrom::Fixed;
    config_.queue_limit = 2 << 20;
    topics_.put(kSecond, event("a", 1));
    for (int i = 0; i < 80; ++i) topics_.put(kFirst, event(std::string(10'000, 'x'), 2 + i));
    start();
    source_->read(batch_);
    member_->paused.insert(kSecond);  // answers slowly
    EXPECT_THAT(read(), IsEmpty());
    EXPECT_TRUE(member_->paused.contains(kFirst));
    member_->paused.erase(kSecond);
    EXPECT_EQ(read_all().size(), 81u);
    EXPECT_FALSE(member_->paused.contains(kFirst));
}

TEST_F(KafkaSourceTest, AReloadConnectsAnewAndGoesOn) {
    topics_.put(kFirst, event("a", 1));
    start();
    read_all();
    source_->reload();
    EXPECT_TRUE(source_->status().starting);
    topics_.put(kFirst, event("b", 2));
    EXPECT_THAT(read_all(), ElementsAre("prod/b"));  // though nothing was committed
    commit();
    EXPECT_EQ(state_.tables["topic.partitions"].begin()->second, R"({"next":2})");
}

// --- Configuration ---

std::string errors_of(const std::string& keys) {
    try {
        parse_config("[[source]]\ntype = \"kafka\"\n" + keys, "x.toml");
    } catch (const ConfigError& error) {
        return error.what();
    }
    return {};
}

TEST(KafkaConfig, Keys) {
    const std::string good = "brokers = [\"kafka-0:9092\"]\ntopics = [\"audit-*\"]\n";
    EXPECT_EQ(errors_of(good), "");
    EXPECT_EQ(errors_of(good + "cluster_from = \"header:cluster\"\ntls = true\nca_file = \"/ca.pem\"\n"), "");
    EXPECT_THAT(errors_of("topics = [\"a\"]\n"), HasSubstr("brokers: is needed"));
    EXPECT_THAT(errors_of("brokers = [\"a:1\"]\n"), HasSubstr("topics: is needed"));
    EXPECT_THAT(errors_of("brokers = [\"a\"]\ntopics = [\"a\"]\n"), HasSubstr("must be hosts with ports"));
    EXPECT_THAT(errors_of("brokers = [\"a:0\"]\ntopics = [\"a\"]\n"), HasSubstr("must be hosts with ports"));
    EXPECT_THAT(errors_of("brokers = [\"a:1\"]\ntopics = [\"a b\"]\n"), HasSubstr("no name of a topic"));
    EXPECT_THAT(errors_of(good + "group = \"\"\n"), HasSubstr("group: must not be empty"));
    EXPECT_THAT(errors_of(good + "cluster_from = \"header:\"\n"), HasSubstr("must be \"key\""));
    EXPECT_THAT(errors_of(good + "cluster_from = \"key\"\ncluster = \"c\"\n"),
                HasSubstr("exclude each other"));
    EXPECT_THAT(errors_of(good + "ca_file = \"/ca.pem\"\n"), HasSubstr("tls: must be true"));
    EXPECT_THAT(errors_of(good + "tls = true\nclient_cert_file = \"/c\"\n"), HasSubstr("give both"));
    EXPECT_THAT(errors_of(good + "username = \"u\"\n"), HasSubstr("username: needs sasl"));
    EXPECT_THAT(errors_of(good + "password_file = \"u\"\n"), HasSubstr("password_file: needs sasl"));
    EXPECT_THAT(errors_of(good + "sasl = \"PLAIN\"\n"),
                testing::AllOf(HasSubstr("username: is needed"), HasSubstr("password_file: is needed"),
                               HasSubstr("PLAIN sends the password as it is")));
    EXPECT_THAT(errors_of("brokers = [\"127.0.0.1:9092\", \"localhost:1\", \"[::1]:2\"]\ntopics = [\"a\"]\n"
                          "sasl = \"PLAIN\"\nusername = \"u\"\npassword_file = \"p\"\n"),
                "");
    EXPECT_EQ(errors_of(good + "member = \"redshank-0\"\nmember_timeout = \"30m\"\n"), "");
    EXPECT_THAT(errors_of(good + "member = \"\"\n"), HasSubstr("must be a name of letters"));
    EXPECT_THAT(errors_of(good + "member = \"a b\"\n"), HasSubstr("must be a name of letters"));
    EXPECT_EQ(errors_of(good + "member = \"a\"\nstate_topic = \"states\"\n"), "");
    EXPECT_THAT(errors_of(good + "state_topic = \"states\"\n"), HasSubstr("needs member"));
    const std::string spare = "stands_in_for = [\"redshank-0\", \"redshank-1\"]\n";
    EXPECT_EQ(errors_of(good + spare + "state_topic = \"states\"\nmember_timeout = \"1m\"\n"), "");
    EXPECT_THAT(errors_of(good + spare), HasSubstr("needs state_topic"));
    EXPECT_THAT(errors_of(good + spare + "state_topic = \"states\"\nmember = \"a\"\n"),
                HasSubstr("exclude each other"));
    EXPECT_THAT(errors_of(good + "stands_in_for = [\"a b\"]\nstate_topic = \"states\"\n"),
                HasSubstr("'a b' is no name of a member"));
    const std::string fleet = "members = [\"redshank-0\", \"redshank-1\"]\n";
    EXPECT_EQ(errors_of(good + fleet + "member = \"redshank-1\"\n"), "");
    EXPECT_EQ(errors_of(good + fleet + spare + "state_topic = \"states\"\n"), "");
    EXPECT_THAT(errors_of(good + fleet), HasSubstr("members: needs member: which of them this worker is"));
    EXPECT_THAT(errors_of(good + fleet + "member = \"redshank-2\"\n"),
                HasSubstr("members: must name 'redshank-2', too"));
    EXPECT_THAT(errors_of(good + "members = [\"redshank-0\"]\n" + spare + "state_topic = \"states\"\n"),
                HasSubstr("members: must name 'redshank-1', too"));
    EXPECT_THAT(errors_of(good + "members = [\"a\", \"a\"]\nmember = \"a\"\n"),
                HasSubstr("names a member twice"));
    EXPECT_THAT(errors_of(good + "members = [\"a\", \"b c\"]\nmember = \"a\"\n"),
                HasSubstr("members: 'b c' is no name of a member"));
    EXPECT_THAT(errors_of(good + fleet + "member = \"redshank-1\"\nmember_timeout = \"1m\"\n"),
                HasSubstr("members: and member_timeout exclude each other"));
    EXPECT_THAT(errors_of(good + "member = \"a\"\nstate_topic = \"a b\"\n"),
                HasSubstr("must be the name of a topic"));
    const std::string moves = "member = \"a\"\nstate_topic = \"states\"\n";
    EXPECT_THAT(errors_of(good + moves +
                          "[[source]]\ntype = \"kafka\"\nname = \"two\"\nbrokers = [\"b:1\"]\n"
                          "topics = [\"x\"]\n" +
                          moves),
                HasSubstr("has a state_topic already"));
    EXPECT_THAT(errors_of(good + "member_timeout = \"1m\"\n"), HasSubstr("needs member"));
    EXPECT_THAT(errors_of(good + "member = \"a\"\nmember_timeout = \"5s\"\n"), HasSubstr("member_timeout"));
    EXPECT_THAT(errors_of(good + "line_limit_mb = 3\n"), HasSubstr("brokers bound records"));
    EXPECT_THAT(errors_of(good + "topic = [\"a\"]\n"), HasSubstr("topics"));
    EXPECT_THAT(errors_of(good + "[[source]]\ntype = \"kafka\"\nname = \"two\"\n" + good),
                HasSubstr("is read by the source at"));
}

TEST(KafkaConfig, AWorkerWithANameIsAwaitedForLonger) {
    KafkaSourceConfig config;
    EXPECT_EQ(config.subscription().member, "");
    EXPECT_EQ(config.subscription().member_timeout, 6s);
    config.member = "redshank-0";
    EXPECT_EQ(config.subscription().member, "redshank-0");
    EXPECT_EQ(config.subscription().member_timeout, 5min);
    const Config read = parse_config(
        "[[source]]\ntype = \"kafka\"\nbrokers = [\"a:1\"]\ntopics = [\"a\"]\nmember = \"@hostname\"\n", "x");
    const auto own = std::any_cast<KafkaSourceConfig>(read.sources.at(0).own);
    EXPECT_THAT(own.member, testing::Not(testing::AnyOf("", "@hostname")));
}

TEST(KafkaConfig, OfANamedFleetEachWorkerHasAShare) {
    KafkaSourceConfig config;
    config.member = "redshank-1";
    EXPECT_EQ(config.subscription().share.of, 0u);
    config.members = {"redshank-0", "redshank-1", "redshank-2"};
    EXPECT_EQ(config.subscription().share.of, 3u);
    EXPECT_EQ(config.subscription().share.place, 1u);
}

}  // namespace
}  // namespace redshank
