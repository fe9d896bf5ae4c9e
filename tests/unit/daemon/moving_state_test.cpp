// A state that goes from one disk to another through a log (daemon/fleet/moving_state.h).
#include "daemon/fleet/moving_state.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <optional>

#include "daemon/fleet/stand_in.h"
#include "daemon/store/store.h"
#include "tests/support/fake_state_log.h"
#include "tests/support/temp_dir.h"

namespace redshank {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using Mode = Store::Mode;

Finding finding(const std::string& id, const std::string& time, uint64_t count = 1) {
    Finding out{.id = id, .time = *audit::parse_time(time), .detector = "rule", .kind = "k"};
    out.summary = "somebody did \"something\"";
    out.count = count;
    return out;
}

News news(const Finding& about) {
    return {.finding = about, .incident = {}, .turn = IncidentTurn::Grew};
}

// All that is in a database, but for the numbers of rows.
std::vector<std::string> dump(const std::string& path) {
    const sqlite::Connection db(path, SQLITE_OPEN_READONLY);
    std::vector<std::string> rows;
    for (const char* select :
         {"SELECT 'state ' || tbl || ' ' || key || ' ' || value FROM state ORDER BY tbl, key",
          "SELECT 'position ' || source || ' ' || position FROM positions ORDER BY source",
          "SELECT 'finding ' || id || time || detector || kind || severity || status || count || json FROM "
          "findings ORDER BY id",
          "SELECT 'outbox ' || id || status || count || severity || json FROM outbox ORDER BY sequence"}) {
        sqlite::Statement statement(db, select);
        for (statement.start(); statement.next();) rows.emplace_back(statement.text(0));
    }
    return rows;
}

// A worker on a disk of its own.
struct Disk {
    Disk(const test::TempDir& folder, const std::string& name, test::FakeStateTopic& topic)
        : path(folder.file(name)), log(topic) {}

    void start(StoreLimits limits = {}) {
        moving.reset();
        store.reset();
        taken = take_over(path, log);
        store = Store::open(path, Mode::ReadWrite, limits);
        moving.emplace(path, log, taken, [this] { return now; });
    }
    void put(std::string_view key, std::string_view value) {
        store->begin();
        store->writer().put("t", key, value);
        ASSERT_TRUE(store->commit());
    }

    const std::string path;
    test::FakeStateLog log;
    TakenState taken;
    MovingState::Clock::time_point now{};
    std::unique_ptr<Store> store;
    std::optional<MovingState> moving;
};

class MovingStateTest : public ::testing::Test {
  protected:
    test::TempDir folder_;
    test::FakeStateTopic topic_;
    Disk one_{folder_, "one.db", topic_}, two_{folder_, "two.db", topic_};
};

TEST_F(MovingStateTest, EverythingIsOnTheOtherDisk) {
    one_.start({.findings = 2});
    one_.store->begin();
    one_.store->writer().put("a.b", "\n1\nshop\x1fweb", R"({"n":1})");
    one_.store->writer().put("a.b", "gone", "1");
    one_.store->set_position("kafka g", R"({"last_event":1})");
    for (const char* id : {"f_1", "f_2"}) {
        one_.store->upsert_finding(finding(id, "2026-01-05T10:00:00Z"));
        one_.store->enqueue(news(finding(id, "2026-01-05T10:00:00Z")));
    }
    ASSERT_TRUE(one_.store->commit());
    ASSERT_TRUE(one_.moving->publish());

    one_.store->begin();
    one_.store->writer().put("a.b", "\n1\nshop\x1fweb", R"({"n":2})");
    one_.store->writer().erase("a.b", "gone");
    one_.store->upsert_finding(finding("f_2", "2026-01-05T10:00:01Z", 2));
    one_.store->upsert_finding(finding("f_3", "2026-01-05T10:00:02Z"));  // the oldest one goes
    one_.store->enqueue(news(finding("f_2", "2026-01-05T10:00:01Z", 2)));
    one_.store->set_position("kafka g", R"({"last_event":2})");
    ASSERT_TRUE(one_.store->commit());
    const auto beside = Store::open(one_.path, Mode::Attached);  // as delivery, and commands
    beside->begin();
    beside->writer().put("silences", "s_1", "{}");
    ASSERT_TRUE(beside->remove_from_outbox(one_.store->outbox(1).front().sequence));
    ASSERT_TRUE(beside->commit());
    ASSERT_TRUE(one_.moving->publish());

    two_.start();
    EXPECT_THAT(two_.taken.said, HasSubstr("there was none here; the state is the topic's"));
    EXPECT_EQ(dump(two_.path), dump(one_.path));
    EXPECT_EQ(dump(two_.path).size(), 7u);  // 2 rows, a position, 2 findings, 2 to be told
}

TEST_F(MovingStateTest, ADiskThatWroteLastIsUsedAsItIs) {
    one_.start();
    one_.put("a", "1");
    ASSERT_TRUE(one_.moving->publish());
    one_.put("a", "2");  // and is killed
    one_.start();
    EXPECT_EQ(one_.taken.said, "");
    one_.start();  // once more before anything was copied
    EXPECT_EQ(one_.taken.said, "");
    EXPECT_THAT(dump(one_.path), testing::ElementsAre("state t a 2"));
    ASSERT_TRUE(one_.moving->publish());
    two_.start();
    EXPECT_THAT(dump(two_.path), testing::ElementsAre("state t a 2"));
}

TEST_F(MovingStateTest, ADiskThatAnotherHasOvertakenIsSetAside) {
    one_.start();
    one_.put("a", "1");
    ASSERT_TRUE(one_.moving->publish());
    one_.put("a", "late");
    two_.start();
    two_.put("a", "2");
    ASSERT_TRUE(two_.moving->publish());
    EXPECT_FALSE(one_.moving->publish());
    EXPECT_EQ(one_.moving->problem(), "another worker has this name");
    one_.start();
    EXPECT_THAT(one_.taken.said, testing::AllOf(HasSubstr("another disk has gone on"),
                                                HasSubstr("set aside as "), HasSubstr("the topic's")));
    EXPECT_THAT(dump(one_.path), testing::ElementsAre("state t a 2"));
    EXPECT_FALSE(one_.store->begins_anew());  // nothing is forgotten
}

TEST_F(MovingStateTest, ADamagedDiskIsTakenFromTheTopic) {
    one_.start();
    one_.put("a", "1");
    ASSERT_TRUE(one_.moving->publish());
    test::write_file(two_.path, "no database");
    two_.start();
    EXPECT_THAT(two_.taken.said, HasSubstr("set aside as "));
    EXPECT_THAT(dump(two_.path), testing::ElementsAre("state t a 1"));
}

TEST_F(MovingStateTest, AStateFromBeforeIsCopiedWhole) {
    {
        const auto store = Store::open(one_.path, Mode::ReadWrite);
        store->begin();
        store->writer().put("t", "old", "1");
        store->set_position("s", "{}");
        store->upsert_finding(finding("f_1", "2026-01-05T10:00:00Z"));
        store->enqueue(news(finding("f_1", "2026-01-05T10:00:00Z")));
        ASSERT_TRUE(store->commit());
    }
    one_.start();
    ASSERT_TRUE(one_.moving->publish());
    two_.start();
    EXPECT_EQ(dump(two_.path), dump(one_.path));
    EXPECT_EQ(dump(two_.path).size(), 4u);
}

TEST_F(MovingStateTest, ATopicThatWasEmptiedIsFilledAgain) {
    one_.start();
    one_.put("a", "1");
    ASSERT_TRUE(one_.moving->publish());
    topic_.records.clear();
    one_.start();
    ASSERT_TRUE(one_.moving->publish());
    two_.start();
    EXPECT_THAT(dump(two_.path), testing::ElementsAre("state t a 1"));
}

TEST_F(MovingStateTest, WhatCannotBeCopiedGoesWithTheNextOne) {
    one_.start();
    topic_.fails_one_in = 1;
    one_.put("a", "1");
    EXPECT_FALSE(one_.moving->publish());
    EXPECT_EQ(one_.moving->problem(), "no broker can be reached");
    one_.put("b", "2");
    topic_.fails_one_in = 0;
    EXPECT_TRUE(one_.moving->publish());
    EXPECT_EQ(one_.moving->problem(), "");
    two_.start();
    EXPECT_THAT(dump(two_.path), testing::ElementsAre("state t a 1", "state t b 2"));
    const size_t records = topic_.records.size();
    EXPECT_TRUE(two_.moving->publish());
    EXPECT_EQ(topic_.records.size(), records);  // nothing has changed
}

TEST_F(MovingStateTest, AWorkerSaysThatItIsThere) {
    const auto writers = [&] {
        return std::count_if(topic_.records.begin(), topic_.records.end(),
                             [](const auto& record) { return record.first == "writer"; });
    };
    one_.start();  // at once, and with each copy
    EXPECT_EQ(writers(), 1);
    one_.put("a", "1");
    ASSERT_TRUE(one_.moving->publish());
    EXPECT_EQ(writers(), 2);
    one_.now += 1999ms;
    ASSERT_TRUE(one_.moving->publish());
    EXPECT_EQ(writers(), 2);
    one_.now += 1ms;
    ASSERT_TRUE(one_.moving->publish());
    EXPECT_EQ(writers(), 3);
    ASSERT_TRUE(one_.moving->publish());
    EXPECT_EQ(writers(), 3);
    one_.now += 2s;
    topic_.fails_one_in = 1;
    EXPECT_FALSE(one_.moving->publish());
    topic_.fails_one_in = 0;
    const auto before = writers();
    ASSERT_TRUE(one_.moving->publish());  // what was not kept was not said
    EXPECT_EQ(writers(), before + 1);
    EXPECT_FALSE(one_.moving->is_lost());
    two_.start();
    EXPECT_TRUE(one_.moving->is_lost());
    EXPECT_THAT(dump(two_.path), testing::ElementsAre("state t a 1"));
}

TEST(StandIn, TheOneThatIsSilentForLongest) {
    const Silence::Clock::time_point start{};
    Silence silence({"g/a", "g/b"}, 8s, start);
    EXPECT_EQ(silence.silent(start + 7999ms), std::nullopt);
    silence.heard("g/a", start + 5s);
    silence.heard("g/c", start + 5s);
    EXPECT_EQ(silence.silent(start + 8s), "g/b");
    silence.heard("g/b", start + 6s);
    EXPECT_EQ(silence.silent(start + 12999ms), std::nullopt);
    EXPECT_EQ(silence.silent(start + 13s), "g/a");
    EXPECT_EQ(silence.silent(start + 60s), "g/a");
    silence.begin_anew(start + 60s);
    EXPECT_EQ(silence.silent(start + 67s), std::nullopt);
    EXPECT_NE(silence.silent(start + 68s), std::nullopt);
}

TEST_F(MovingStateTest, CopyingEnds) {
    const auto noted = [&] {
        const sqlite::Connection db(one_.path, SQLITE_OPEN_READONLY);
        return db.number("SELECT count(*) FROM sqlite_schema WHERE name LIKE 'change%' OR name = 'copied'");
    };
    one_.start();
    EXPECT_EQ(noted(), 14);  // 2 tables, 12 triggers
    one_.put("a", "1");
    stop_copying(one_.path);
    EXPECT_EQ(noted(), 0);
    one_.put("a", "2");
    EXPECT_THAT(dump(one_.path), testing::ElementsAre("state t a 2"));
}

}  // namespace
}  // namespace redshank
