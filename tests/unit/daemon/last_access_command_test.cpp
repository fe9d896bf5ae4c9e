// Runs `redshank last-access` while the store is open for writing, as it is beside the daemon.
#include <gmock/gmock.h>

#include <boost/json.hpp>

#include "daemon/store/sqlite.h"
#include "tests/support/command_test.h"
#include "tests/unit/detectors/access/diary.h"

namespace redshank {
namespace {

namespace json = boost::json;
using namespace test;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::UnorderedElementsAre;

class LastAccessCommand : public CommandTest {
  protected:
    LastAccessCommand() {
        Diary diary;
        diary.at(1, {.name = "web"});
        diary.at(2, {.verb = "list", .resource = "secrets", .name = "", .code = 403, .decision = "forbid"});
        diary.at(3, {.resource = "configmaps", .ns = "pay", .name = "rates", .agent = "evil\x1b[2J/1"});
        diary.at(4, {.user = person("bob"), .name = "web"});
        diary.at(5, {.user = person("alice2"), .name = "web"});  // a user whose name begins with "alice"
        diary.at(6, {.user = person("root"), .impersonated = person("bob")});
        diary.save();
        write_state(diary.rows().all());
    }

    CommandRun run(std::vector<std::string> arguments) {
        arguments.insert(arguments.begin(), "last-access");
        return run_command(add_last_access, std::move(arguments));
    }

    // Only rows about users, without those about the time of watching.
    std::vector<json::object> rows(std::vector<std::string> arguments) {
        arguments.insert(arguments.end(), {"--format", "json"});
        std::vector<json::object> out;
        std::istringstream lines(run(std::move(arguments)).out);
        for (std::string line; std::getline(lines, line);) {
            const json::object row = json::parse(line).as_object();
            if (row.contains("user")) out.push_back(row);
        }
        return out;
    }

    static std::vector<std::string> texts(const std::vector<json::object>& rows, std::string_view key) {
        std::vector<std::string> out;
        for (const json::object& row : rows) {
            const json::value* value = row.if_contains(key);
            out.emplace_back(value ? std::string(value->as_string()) : "");
        }
        return out;
    }
};

TEST_F(LastAccessCommand, SaysItInWords) {
    const CommandRun alice = run({"--user", "alice"});
    EXPECT_EQ(alice.status, kDone);
    EXPECT_THAT(
        test::without_ages(alice.out),
        HasSubstr(
            "ALLOWED  DENIED  CLUSTER  WHO    LAST REQUEST\n"
            "2026-01-05T03:00:00Z  2026-01-05T02:00:00Z        2       1  c        alice  get configmaps "
            "pay/rates "
            "from 10.0.0.7 with evil\\u001b[2J/1; known since 2026-01-05T01:00:00Z\n\nWATCHED SINCE"));
    EXPECT_THAT(alice.out, ::testing::StartsWith("LAST SUCCESS "));
    EXPECT_THAT(alice.out, HasSubstr("2026-01-05T03:00:00Z ("));
    EXPECT_THAT(alice.out, HasSubstr("2026-01-05T01:00:00Z to 2026-01-05T02:00:00Z, "));
    EXPECT_THAT(alice.out, Not(HasSubstr("alice2")));
    EXPECT_THAT(run({}).out, HasSubstr("bob, played by root"));
}

TEST_F(LastAccessCommand, SaysItInJson) {
    const auto found = rows({"--user", "alice"});
    ASSERT_EQ(found.size(), 1U);
    EXPECT_EQ(found[0], json::parse(R"({"user":"alice","cluster":"c",
        "first_seen":"2026-01-05T01:00:00.000000Z","last_success":"2026-01-05T03:00:00.000000Z",
        "last_denied":"2026-01-05T02:00:00.000000Z","successes":2,"denials":1,
        "last":{"time":"2026-01-05T03:00:00.000000Z","source_ip":"10.0.0.7",
                "user_agent":"evil\u001b[2J/1","verb":"get","object":"configmaps pay/rates"}})")
                            .as_object());
    const auto bob = rows({"--user", "bob"});
    EXPECT_THAT(texts(bob, "impersonated_by"), UnorderedElementsAre("", "root"));
    EXPECT_TRUE(bob[0].at("last_denied").is_null());
    EXPECT_THAT(run({"--format", "json"}).out, HasSubstr(R"({"watching":"c","since":"2026-01-05T01)"));
}

TEST_F(LastAccessCommand, AnswersByClusterNamespaceAndResource) {
    EXPECT_THAT(texts(rows({"--cluster", "c"}), "user"),
                UnorderedElementsAre("alice", "alice2", "bob", "bob", "root"));
    EXPECT_THAT(rows({"--cluster", "d"}), ElementsAre());

    const auto pay = rows({"--namespace", "pay"});
    EXPECT_THAT(texts(pay, "user"), ElementsAre("alice"));
    EXPECT_THAT(texts(pay, "namespace"), ElementsAre("pay"));
    EXPECT_EQ(pay[0].at("successes"), json::value(1));
    EXPECT_THAT(rows({"--namespace", "pay", "--user", "bob"}), ElementsAre());

    const auto alice = rows({"--user", "alice", "--by-resource"});
    EXPECT_THAT(texts(alice, "resource"),
                ElementsAre("", "configmaps", "secrets", "pods"));  // the last first
    EXPECT_THAT(run({"--namespace", "pay"}).out, HasSubstr("alice, in namespace pay"));
    EXPECT_THAT(run({"--user", "alice", "--by-resource"}).out, HasSubstr("alice, on secrets"));
}

TEST_F(LastAccessCommand, SaysThatNobodyOfThatKindWasSeen) {
    const CommandRun nobody =
        run({"--user", "alice", "--namespace", "shop", "--cluster", "c", "--until", "2026-01-04T00:00:00Z"});
    EXPECT_EQ(nobody.status, kDone);
    EXPECT_THAT(nobody.err, HasSubstr("nobody of that kind was seen"));
    EXPECT_THAT(nobody.out, HasSubstr("WATCHED SINCE"));
}

TEST_F(LastAccessCommand, NamesTheNearestOfWhatWasNeverSeen) {
    const CommandRun alcie = run({"--user", "alcie"});
    EXPECT_EQ(alcie.status, kUsage);
    EXPECT_THAT(alcie.err, HasSubstr("no user alcie was ever seen; nearest: alice"));
    EXPECT_EQ(alcie.out, "");
    EXPECT_THAT(run({"--user", "somebody-else"}).err, HasSubstr("nearest: alice, alice2, bob"));
    EXPECT_THAT(run({"--cluster", "d"}).err, HasSubstr("no cluster d was ever seen; nearest: c"));
    EXPECT_THAT(run({"--namespace", "pya"}).err, HasSubstr("no namespace pya was ever seen; nearest: pay"));
}

TEST_F(LastAccessCommand, LimitsRowsToTimesAndSaysThatCountsAreNot) {
    const auto users = [&](std::vector<std::string> arguments) {
        return texts(rows(std::move(arguments)), "user");
    };
    EXPECT_THAT(users({"--since", "2026-01-05T05:00:00Z"}), ElementsAre("bob", "root", "alice2"));
    EXPECT_THAT(users({"--since", "2026-01-05T05:00:01Z"}), ElementsAre("bob", "root"));
    EXPECT_THAT(users({"--until", "2026-01-05T01:00:00Z"}), ElementsAre("alice"));
    EXPECT_THAT(users({"--until", "2026-01-05T00:59:59Z"}), ElementsAre());
    EXPECT_THAT(run({"--user", "alice", "--since", "2026-01-05T02:00:00Z"}).out,
                HasSubstr("Note: ALLOWED and DENIED"));
    EXPECT_THAT(run({"--user", "alice", "--since", "2026-01-05T01:00:00Z"}).out, Not(HasSubstr("Note:")));
    EXPECT_THAT(run({"--user", "alice", "--until", "2026-01-05T02:59:59Z"}).out,
                HasSubstr("Note: ALLOWED and DENIED"));
    EXPECT_THAT(run({"--user", "alice", "--until", "2026-01-05T03:00:00Z"}).out, Not(HasSubstr("Note:")));
}

TEST_F(LastAccessCommand, AnswersWhileTheWriterIsInTheMiddleOfATransaction) {
    sqlite::Connection writer(path_, SQLITE_OPEN_READWRITE);
    writer.execute("BEGIN IMMEDIATE; DELETE FROM state");
    EXPECT_EQ(rows({"--user", "alice"}).size(), 1U);  // the last committed state
}

}  // namespace
}  // namespace redshank
