// What workers answer, read and joined: nothing of a row is lost on the way, and what several have seen of
// one user is one row.
#include <gmock/gmock.h>

#include <boost/json.hpp>

#include "core/incident/incident.h"
#include "core/state/key.h"
#include "core/state/row.h"
#include "daemon/config/config.h"
#include "daemon/fleet/workers.h"
#include "daemon/pages/answers.h"
#include "daemon/print/access_json.h"
#include "daemon/print/incident_columns.h"
#include "daemon/questions/fleet.h"
#include "tests/support/memory_state.h"

namespace redshank {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

constexpr int64_t kSecond = 1'000'000;

AccessedRow alice(int64_t first, int64_t last) {
    AccessedRow row{.user = "alice", .cluster = "prod", .access = {}};
    row.access = {.first = first * kSecond,
                  .last_success = last * kSecond,
                  .last_denied = 0,
                  .successes = 3,
                  .denials = 0,
                  .source = "10.0.0.7",
                  .agent = "kubectl/v1.32.0",
                  .verb = "get",
                  .object = "pods shop/web"};
    return row;
}

boost::json::object as_sent(const boost::json::object& json) {
    return boost::json::parse(boost::json::serialize(json)).as_object();
}

TEST(Fleet, AnAccessArrivesAsItWasSent) {
    AccessedRow row = alice(1, 9);
    row.uid = "u-1";
    row.via = "proxy";
    row.ns = "shop";
    row.resource = "pods";
    row.access.last_denied = 5 * kSecond;
    row.access.denials = 2;
    const auto got = accessed_from(as_sent(json_of(row)));
    ASSERT_TRUE(got);
    EXPECT_EQ(json_of(*got), json_of(row));
    EXPECT_EQ(got->access.first, kSecond);
    EXPECT_EQ(got->access.last(), 9 * kSecond);
    EXPECT_EQ(got->access.last_denied, 5 * kSecond);
    EXPECT_EQ(got->access.denials, 2);
    EXPECT_EQ(got->via, "proxy");
    EXPECT_EQ(got->access.agent.get(), "kubectl/v1.32.0");
}

TEST(Fleet, WhatIsNoAccessIsNone) {
    for (const char* text :
         {R"({})", R"({"user":"alice","cluster":"prod"})", R"({"user":"","cluster":"prod","last":{}})",
          R"({"user":"alice","last":{}})", R"({"user":"a","cluster":"c","last":1})"}) {
        EXPECT_FALSE(accessed_from(boost::json::parse(text).as_object())) << text;
        EXPECT_FALSE(watched_from(boost::json::parse(text).as_object())) << text;
    }
    const auto odd = accessed_from(
        boost::json::parse(R"({"user":"a","cluster":"c","successes":"x","first_seen":7,"last":{}})")
            .as_object());
    ASSERT_TRUE(odd);
    EXPECT_EQ(odd->access.successes, 0);
    EXPECT_EQ(odd->access.first, 0);
}

TEST(Fleet, AClusterArrivesWithItsGaps) {
    const WatchedRow row{.cluster = "prod",
                         .watching = {.since = kSecond,
                                      .last = 9 * kSecond,
                                      .gap_count = 7,
                                      .gaps = {{.from = 2 * kSecond, .to = 3 * kSecond}}}};
    boost::json::object sent = as_sent(json_of(row));
    const auto got = watched_from(sent);
    ASSERT_TRUE(got);
    EXPECT_EQ(json_of(*got), json_of(row));
    EXPECT_EQ(got->watching.gap_count, 7);
    sent["gaps"] = boost::json::array{1, boost::json::array{"x"}, boost::json::array{"x", 2}};
    const auto odd = watched_from(sent);
    ASSERT_TRUE(odd);
    ASSERT_EQ(odd->watching.gaps.size(), 1U);
    EXPECT_EQ(odd->watching.gaps[0].from, 0);
}

TEST(Fleet, AnIncidentArrivesAsItIsShown) {
    Incident incident;
    incident.id = "i_abcdefgh";
    incident.cluster = "prod";
    incident.severity = Severity::High;
    incident.summary = "alice did it";
    incident.opened = audit::Time{std::chrono::seconds{60}};
    const auto shown = [&] {
        std::vector<std::string> cells;
        const auto got = shown_incident_from(as_sent(json_of(incident)));
        if (!got) return cells;
        for (const auto& column : incident_columns()) cells.push_back(column.cell(*got));
        return cells;
    };
    EXPECT_THAT(shown(), ElementsAre("i_abcdef", HasSubstr("1970-01-01T00:01:00Z"), "high", "open", "prod",
                                     "alice did it"));
    incident.acknowledged = IncidentNote{.time = {}, .by = "bob", .because = {}};
    EXPECT_THAT(shown(), ElementsAre("i_abcdef", HasSubstr("1970"), "high", "acknowledged by bob", "prod",
                                     "alice did it"));
    incident.closed = incident.opened + std::chrono::seconds{60};
    incident.closed_because = "a drill";
    incident.state = IncidentState::Closed;
    incident.summary.clear();
    incident.title = "A Secret was read";
    EXPECT_THAT(shown(), ElementsAre("i_abcdef", HasSubstr("1970"), "high", "closed after 1m: a drill",
                                     "prod", "A Secret was read"));
    EXPECT_FALSE(shown_incident_from(boost::json::parse(R"({"id":"i_a","severity":"high"})").as_object()));
    EXPECT_FALSE(shown_incident_from(
        boost::json::parse(R"({"id":"i_a","opened":"1970-01-01T00:00:01Z","severity":"loud"})").as_object()));
    EXPECT_FALSE(shown_incident_from(
        boost::json::parse(R"({"id":"","opened":"1970-01-01T00:00:01Z","severity":"low"})").as_object()));
}

TEST(Fleet, AClusterThatMovedIsOneRow) {
    AccessedRow early = alice(1, 5), late = alice(7, 9);
    late.access.denials = 1;
    late.access.last_denied = 8 * kSecond;
    late.access.verb = "delete";
    AccessedRow other = alice(2, 6);
    other.cluster = "dev";
    for (const bool late_first : {false, true}) {
        std::vector<OfWorker<AccessedRow>> rows{{early, "a"}, {late, "b"}, {other, "a"}};
        if (late_first) std::swap(rows[0], rows[1]);
        const auto all = joined(rows);
        ASSERT_EQ(all.size(), 2U);
        const access::AccessRow& access = all[0].row.access;
        EXPECT_EQ(all[0].row.cluster, "prod");
        EXPECT_EQ(all[0].worker, late_first ? "b, a" : "a, b");
        EXPECT_EQ(access.first, 1 * kSecond);
        EXPECT_EQ(access.last(), 9 * kSecond);
        EXPECT_EQ(access.last_success, 9 * kSecond);
        EXPECT_EQ(access.last_denied, 8 * kSecond);
        EXPECT_EQ(access.successes, 6);
        EXPECT_EQ(access.denials, 1);
        EXPECT_EQ(access.verb.get(), "delete");
        EXPECT_EQ(all[1].row.cluster, "dev");
        EXPECT_EQ(all[1].worker, "a");
    }
}

TEST(Fleet, TheLastOfManyComesFirst) {
    AccessedRow dev = alice(2, 60);
    dev.cluster = "dev";
    AccessedRow unknown = alice(0, 1);  // since when is not known
    const auto all = joined({{alice(1, 5), "a"}, {dev, "b"}, {unknown, "c"}});
    ASSERT_EQ(all.size(), 2U);
    EXPECT_EQ(all[0].row.cluster, "dev");
    EXPECT_EQ(all[1].row.access.first, kSecond);
}

TEST(Fleet, AnAnswerIsBounded) {
    test::MemoryState state;
    AccessedRow row = alice(1, 9);
    const auto put = [&](int cluster, std::string_view user, std::string_view ns) {
        std::string key = ns.empty() ? "" : std::string(ns) + kKeyMark;
        for (const std::string& part :
             {std::string(user), std::string(), "c" + std::to_string(cluster), std::string()})
            key += part + kKeyMark;
        state.put(ns.empty() ? access::kLastAccess : access::kLastAccessByNamespace, key,
                  write_row(row.access));
    };
    const auto lines = [&](const std::map<std::string, std::string>& args) {
        const HttpReply reply = answer_of(kLastAccessAnswer, args, state, KnownIncidents());
        EXPECT_EQ(reply.status, 200);
        return std::count(reply.body.begin(), reply.body.end(), '\n');
    };
    for (int cluster = 0; cluster < 10'000; ++cluster) put(cluster, "alice", "");
    put(1, "bob", "");
    put(1, "alice", "shop");
    EXPECT_EQ(lines({{"user", "alice"}}), 10'000);
    put(10'000, "alice", "");
    EXPECT_EQ(lines({{"user", "alice"}}), 10'000);
    EXPECT_EQ(lines({{"user", "bob"}}), 1);
    EXPECT_EQ(lines({{"user", "alice"}, {"cluster", "c7"}}), 1);
    EXPECT_EQ(lines({{"user", "alice"}, {"namespace", "shop"}}), 1);
    EXPECT_EQ(lines({{"user", "alice"}, {"namespace", "pay"}}), 0);
    EXPECT_EQ(answer_of(kLastAccessAnswer, {}, state, KnownIncidents()).status, 400);
}

TEST(Fleet, AWorkerIsAUrlWithoutAPath) {
    EXPECT_EQ(worker_problem("https://redshank-0:9465", false), "");
    EXPECT_EQ(worker_problem("http://10.0.0.7:9465/", false), "");
    EXPECT_EQ(worker_problem("https://h:1/x", false), "the URL of worker h:1 has a path; give none");
    EXPECT_THAT(worker_problem("redshank-0:9465", false), HasSubstr("a worker's URL "));
    EXPECT_THAT(worker_problem("https://alice:secret@h:1", false), Not(IsEmpty()));
}

TEST(Fleet, ItsConfigurationIsChecked) {
    const auto problem = [](const std::string& text) {
        try {
            parse_config("[fleet]\n" + text, "f.toml");
        } catch (const ConfigError& error) {
            return std::string(error.what());
        }
        return std::string();
    };
    EXPECT_EQ(
        problem("workers = [\"https://a:1\", \"https://b:1\"]\nusername = \"ops\"\npassword_file = \"p\"\n"),
        "");
    EXPECT_THAT(problem("workers = [\"a:1\"]\n"), HasSubstr("f.toml:2:"));
    EXPECT_THAT(
        problem("workers = [\"https://a:1\", \"http://b:1\"]\nusername = \"ops\"\npassword_file = \"p\"\n"),
        HasSubstr("f.toml:2:11: fleet.workers: worker b:1 is asked by http://, and the password"));
    EXPECT_THAT(problem("username = \"ops\"\n"), HasSubstr("needs username and password_file together"));
    EXPECT_THAT(problem("password_file = \"p\"\n"), HasSubstr("needs username and password_file together"));
    EXPECT_EQ(
        parse_config("[fleet]\nworkers = [\"https://a:1\"]\ntimeout = \"3s\"\n", "f").fleet.http.timeout,
        std::chrono::seconds{3});
}

}  // namespace
}  // namespace redshank
