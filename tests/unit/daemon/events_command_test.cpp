#include <gmock/gmock.h>

#include <filesystem>

#include "daemon/commands/log_options.h"
#include "daemon/print/event_line.h"
#include "tests/support/command_test.h"
#include "tests/support/events.h"

namespace redshank {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

std::string event(const std::string& id, const std::string& user, const std::string& clock) {
    return test::EventSpec{.audit_id = id,
                           .user = R"({"username":")" + user + R"(","groups":["dev"]})",
                           .time = "2026-01-05T" + clock + "Z"}
        .json();
}

// Audit ids of lines, as the text form ends with them.
std::string ids(const std::string& out) {
    std::string all;
    std::istringstream lines(out);
    for (std::string line; std::getline(lines, line);)
        all += (all.empty() ? "" : " ") + line.substr(line.rfind(' ') + 1);
    return all;
}

class EventsCommandTest : public test::CommandTest {
  protected:
    std::string put(const std::string& name, const std::string& text) {
        test::write_file(folder_.path() / name, text);
        return folder_.file(name);
    }
    test::CommandRun events(std::vector<std::string> arguments) {
        arguments.insert(arguments.begin(), "events");
        return run_plain(add_events, std::move(arguments));
    }
    // A configuration whose only source is audit.log in the folder.
    std::string config() {
        return put("c.toml",
                   "cluster = \"prod\"\n[[source]]\npath = \"" + folder_.file("audit.log") + "\"\n");
    }
};

TEST_F(EventsCommandTest, SearchesBackupsOldestFirstAndTheLogLast) {
    put("audit.log", event("e5", "ann", "12:00:00") + "\n" + event("e6", "ann", "12:00:01"));
    put("audit-2026-01-05T10-30-00.000.log", test::gzip(event("e1", "ann", "10:00:00") + "\n"));
    put("audit-2026-01-05T11-30-00.000.log.zst",
        test::zstd(event("e2", "ann", "11:00:00") + "\n" + event("e3", "bob", "11:00:01") + "\n" +
                   event("e4", R"(\u0061nn)", "11:00:02") + "\n"));
    const std::string ask = R"(user.username = "ann")";
    for (const char* jobs : {"1", "3"}) {
        const test::CommandRun run = events({ask, "--config", config(), "--jobs", jobs});
        EXPECT_EQ(run.status, kDone);
        EXPECT_EQ(run.err, "");
        EXPECT_EQ(ids(run.out), "e1 e2 e4 e5 e6");
    }
    EXPECT_EQ(ids(events({ask, "--config", config(), "--limit", "2"}).out), "e1 e2");
    EXPECT_THAT(events({ask, "--config", config(), "--limit", "2"}).err, HasSubstr("the first 2 events"));
    EXPECT_EQ(ids(events({ask, "--config", config(), "--cluster", "prod"}).out), "e1 e2 e4 e5 e6");
    EXPECT_THAT(events({ask, "--config", config(), "--cluster", "prd"}).err,
                HasSubstr("no source of type file of this cluster"));
}

TEST_F(EventsCommandTest, TimesAreIncluded) {
    const std::string log =
        put("a", event("e1", "ann", "10:00:00.000001") + "\n" + event("e2", "ann", "10:00:00.000002") + "\n" +
                     event("e3", "ann", "10:00:00.000003") + "\n");
    const auto between = [&](const std::string& since, const std::string& until) {
        return ids(events({"true", log, "--since", "2026-01-05T" + since + "Z", "--until",
                           "2026-01-05T" + until + "Z"})
                       .out);
    };
    EXPECT_EQ(between("10:00:00.000001", "10:00:00.000003"), "e1 e2 e3");
    EXPECT_EQ(between("10:00:00.000002", "10:00:00.000003"), "e2 e3");
    EXPECT_EQ(between("10:00:00.000001", "10:00:00.000002"), "e1 e2");
    EXPECT_EQ(between("10:00:00.000002", "10:00:00.000002"), "e2");
    EXPECT_EQ(between("12:00:00", "13:00:00"), "");
}

TEST_F(EventsCommandTest, JsonIsTheLineAsItStands) {
    const std::string first = event("e1", "ann", "10:00:00"), second = event("e2", "ann\\u202e", "10:00:01");
    const std::string glued = event("e3", "ann", "10:00:02") + event("e4", "ann", "10:00:03");
    const std::string log = put("a", first + "\r\n" + second + "\nnoise\n" + glued + "\n");
    const test::CommandRun run = events({"true", log, "--format", "json"});
    EXPECT_EQ(run.out, first + "\r\n" + second + "\n" + glued + "\n");
    EXPECT_EQ(ids(events({"true", log}).out), "e1 e2 e3 e4");
}

TEST_F(EventsCommandTest, TextShowsNeitherSecretsNorControlCharacters) {
    test::EventSpec spec;
    spec.user = R"({"username":"mal\u001b[2Jlory\nann"})";
    spec.uri = "/api/v1/namespaces/shop/pods/web/exec?command=cat&command=hunter2";
    spec.object = R"({"resource":"pods","namespace":"shop","name":"web","subresource":"exec"})";
    spec.request_object = R"({"data":{"password":"aHVudGVyMg=="}})";
    const test::CommandRun run = events({"true", put("a", spec.json() + "\n")});
    for (const char* not_there : {"hunter2", "aHVudGVyMg", "\x1b", "\nann"})
        EXPECT_THAT(run.out, Not(HasSubstr(not_there)));
    EXPECT_THAT(run.out, HasSubstr("\\u001b[2Jlory\\nann"));
    EXPECT_THAT(run.out,
                HasSubstr(" ran a command in Pod shop/web (200) from 10.0.0.7 with kubectl, audit id a-1\n"));
}

TEST_F(EventsCommandTest, WhatCannotBeAskedIsWrongUsage) {
    const std::string log = put("a", "");
    for (const auto& [condition, said] : std::vector<std::pair<std::string, std::string>>{
             {"user.nme = \"ann\"", "condition, character 1: unknown field user.nme"},
             {"verb = ", "character 8: expected a value"},
             {"verb = \"get\" and not answers", "answers is known to the daemon only"},
             {"object.ownAge < 5", "object.ownAge is known to the daemon only"},
             {"actor.installs", "actor.installs is known to the daemon only"},
             {"grant.installed", "grant.installed is known to the daemon only"},
             {"object.givesFresh", "object.givesFresh is known to the daemon only"},
             {"object.givesCaller", "object.givesCaller is known to the daemon only"},
             {"object.inOwnNamespace", "object.inOwnNamespace is known to the daemon only"},
             {"object.isAnothers", "object.isAnothers is known to the daemon only"},
             {"object.isNewOrder", "object.isNewOrder is known to the daemon only"},
             {"object.asksOutside", "object.asksOutside is known to the daemon only"},
             {"object.failsOpen", "object.failsOpen is known to the daemon only"},
             {"actor.atHome", "actor.atHome is known to the daemon only"},
             {"object.givesSelf", "object.givesSelf is known to the daemon only"}}) {
        const test::CommandRun run = events({condition, log});
        EXPECT_EQ(run.status, kUsage) << condition;
        EXPECT_THAT(run.err, HasSubstr(said));
    }
}

TEST_F(EventsCommandTest, WhatCannotBeReadIsSaid) {
    const std::string whole = test::gzip(event("e1", "ann", "10:00:00") + "\n" + std::string(1 << 20, 'x'));
    const std::string broken = put("a.gz", whole.substr(0, whole.size() - 20));
    const test::CommandRun run = events({"true", broken});
    EXPECT_EQ(ids(run.out), "e1");
    EXPECT_EQ(run.status, kFailed);
    EXPECT_THAT(run.err, HasSubstr("breaks off"));
    EXPECT_EQ(events({"true", folder_.file("missing")}).status, kFailed);
    // The log itself is missing, a backup is there.
    put("audit.log.1", event("e2", "ann", "10:00:00") + "\n");
    const test::CommandRun half = events({"true", "--config", config()});
    EXPECT_EQ(ids(half.out), "e2");
    EXPECT_EQ(half.status, kFailed);
    EXPECT_THAT(half.err, HasSubstr("audit.log: No such file or directory"));
}

TEST_F(EventsCommandTest, FilesOutsideTheTimesAreNotRead) {
    // Only its first event can be read: were the file read, that would be said.
    const std::string whole = test::gzip(event("e1", "ann", "10:00:00") + "\n" + std::string(1 << 20, 'x'));
    const std::string broken = put("a.gz", whole.substr(0, whole.size() - 20));
    EXPECT_EQ(events({"true", broken, "--until", "2026-01-05T09:50:00Z"}).status, kFailed);
    EXPECT_EQ(events({"true", broken, "--until", "2026-01-05T09:49:59Z"}).status, kDone);
}

TEST_F(EventsCommandTest, ManyAnswersOfFilesAheadOfTheirTurn) {
    std::string expected;
    std::vector<std::string> arguments{"true", "--jobs", "3", "--format", "json"};
    for (int file = 0; file < 3; ++file) {
        std::string text;
        while (text.size() < (size_t{5} << 20))
            text += event(std::to_string(text.size()), "ann", "10:00:00") + "\n";
        arguments.push_back(put("log" + std::to_string(file), text));
        expected += text;
    }
    EXPECT_TRUE(events(arguments).out == expected);
}

TEST(EventLine, SaysWhoDidWhatWithWhichOutcome) {
    const auto line = [](const test::EventSpec& spec) {
        const auto parsed = spec.parsed();
        return event_line(test::Understood(*parsed)).substr(21);
    };
    test::EventSpec spec;
    EXPECT_EQ(line(spec), "alice read Pod shop/web (200) from 10.0.0.7 with kubectl, audit id a-1");
    spec.impersonated = R"({"username":"bob"})";
    spec.status = R"({"code":403})";
    spec.decision = "forbid";
    EXPECT_EQ(line(spec),
              "bob, through alice read Pod shop/web (refused, 403) from 10.0.0.7 with kubectl, audit id a-1");
    spec = {};
    spec.stage = "RequestReceived";
    spec.status = "";
    spec.agent = "";
    EXPECT_EQ(line(spec), "alice read Pod shop/web (RequestReceived) from 10.0.0.7, audit id a-1");
    spec = {};
    spec.status = R"({"code":404})";
    EXPECT_EQ(line(spec),
              "alice read Pod shop/web (failed with 404) from 10.0.0.7 with kubectl, audit id a-1");
}

TEST_F(EventsCommandTest, ADeadlineCutsTheSearchAndIsSaid) {
    put("audit.log", event("e1", "ann", "10:00:00") + "\n");
    const auto search = [&](std::chrono::seconds patience) {
        std::vector<LogFile> files;
        files.push_back({.path = folder_.file("audit.log"), .cluster = "c"});
        return search_logs(
            std::move(files),
            {.condition = is_from("ann"), .deadline = std::chrono::steady_clock::now() + patience},
            {.tell = [](const FoundEvent&) { return std::string("x"); },
             .found = [](const std::string&) { return true; }});
    };
    EXPECT_EQ(search(std::chrono::hours{1}).done.found, 1);
    EXPECT_FALSE(search(std::chrono::hours{1}).is_cut);
    EXPECT_EQ(search(std::chrono::seconds{-1}).done.found, 0);
    EXPECT_TRUE(search(std::chrono::seconds{-1}).is_cut);
    EXPECT_THAT(search(std::chrono::seconds{-1}).problems, ::testing::IsEmpty());
}

TEST_F(EventsCommandTest, SomebodysEventsAreThoseSentAndThosePlayed) {
    put("audit.log",
        event("e1", "ann", "10:00:00") + "\n" + event("e2", "bob", "10:00:01") + "\n" +
            test::EventSpec{
                .audit_id = "e3", .user = R"({"username":"root"})", .impersonated = R"({"username":"ann"})"}
                .json() +
            "\n");
    std::string found;
    std::vector<LogFile> files;
    files.push_back({.path = folder_.file("audit.log"), .cluster = "c"});
    search_logs(std::move(files), {.condition = is_from("ann")},
                {.tell = [](const FoundEvent& one) { return std::string(one.request.event.audit_id); },
                 .found =
                     [&](const std::string& id) {
                         found += id + " ";
                         return true;
                     }});
    EXPECT_EQ(found, "e1 e3 ");
}

}  // namespace
}  // namespace redshank
