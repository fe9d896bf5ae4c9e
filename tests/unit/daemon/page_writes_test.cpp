// Who may write from a page, and what is written.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/state/row.h"
#include "daemon/alerts/add_silence.h"
#include "daemon/incidents/said.h"
#include "daemon/pages/charts.h"
#include "daemon/pages/writes.h"
#include "daemon/questions/names.h"
#include "detectors/access/last_access.h"
#include "tests/support/memory_state.h"
#include "tests/support/temp_dir.h"

namespace redshank {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using namespace std::chrono_literals;

audit::Time when_said() {
    return *audit::parse_time("2026-01-05T10:00:00Z");
}

TEST(PageWrites, OnlyOurOwnForms) {
    const std::map<std::string, std::string> form{{"token", "abc"}};
    HttpQuery query{.path = "/incidents/i_x", .host = "127.0.0.1:9465"};
    EXPECT_EQ(why_not_ours(query, form, "abc"), "");
    EXPECT_NE(why_not_ours(query, form, "abd"), "");
    EXPECT_NE(why_not_ours(query, form, "abcd"), "");
    EXPECT_NE(why_not_ours(query, {}, "abc"), "");
    EXPECT_NE(why_not_ours(query, {{"token", ""}}, ""), "");
    for (const char* site : {"cross-site", "same-site", "none"}) {
        query.fetch_site = site;
        EXPECT_NE(why_not_ours(query, form, "abc"), "") << site;
    }
    query.fetch_site = "same-origin";
    query.origin = "http://127.0.0.1:9465";
    EXPECT_EQ(why_not_ours(query, form, "abc"), "");
    query.origin = "null";
    EXPECT_EQ(why_not_ours(query, form, "abc"), "");
    for (const char* origin : {"http://evil.example", "http://127.0.0.1:9466", "127.0.0.1:9465", "http://"}) {
        query.origin = origin;
        EXPECT_NE(why_not_ours(query, form, "abc"), "") << origin;
    }
}

TEST(PageWrites, OperatorsAreNamed) {
    EXPECT_FALSE(PagesConfig{}.is_operator("alice"));
    const PagesConfig named{.operators = {"alice", ""}};
    EXPECT_TRUE(named.is_operator("alice"));
    EXPECT_FALSE(named.is_operator("bob"));
    EXPECT_FALSE(named.is_operator(""));
    EXPECT_TRUE((PagesConfig{.operators = {"*"}}).is_operator(""));
}

class PageWritesTest : public ::testing::Test {
  protected:
    PageWritesTest() {
        const auto owner = Store::open(path_, Store::Mode::ReadWrite);
        incident_.id = "i_abcdefghij";
        incident_.summary = "alice did it.";
        incident_.opened = incident_.last = when_said() - 1h;
        owner->begin();
        owner->writer().put(kIncidentTable, incident_.id, write_row(incident_));
        Incident over = incident_;
        over.id = "i_over567890";
        over.state = IncidentState::Closed;
        owner->writer().put(kIncidentTable, over.id, write_row(over));
        owner->commit();
    }
    std::string act(std::map<std::string, std::string> form, const std::string& id = "i_abcdef") {
        const auto store = Store::open(path_, Store::Mode::Attached);
        return carry_out(*store, id, form, "alice", when_said());
    }
    std::vector<SaidOfIncident> said() {
        const auto store = Store::open(path_, Store::Mode::ReadOnly);
        std::vector<SaidOfIncident> out;
        each_said(store->state(),
                  [&](std::string_view, SaidOfIncident one) { out.push_back(std::move(one)); });
        return out;
    }
    // What the site answers to a form with the token of its own page.
    HttpReply post(const PagesConfig& config, std::string body,
                   const std::string& path = "/incidents/i_abcdef") {
        const PageSite site(config, {.state_file = path_,
                                     .detectors = [] { return std::make_shared<const DetectorConfig>(); },
                                     .status = [] { return DaemonStatus{}; },
                                     .now = when_said});
        const std::string page = site.answer({.path = "/incidents/i_abcdef"}).body;
        const size_t at = page.find("name=\"token\" value=\"");
        if (at != page.npos) body += "&token=" + page.substr(at + 20, 64);
        HttpQuery query{.path = path};
        query.is_post = true;
        query.body = body;
        return site.answer(query);
    }
    test::TempDir dir_;
    const std::string path_ = dir_.file("redshank.db");
    Incident incident_;
};

TEST_F(PageWritesTest, AcknowledgesAndCloses) {
    EXPECT_EQ(act({{"action", "ack"}}), "");
    ASSERT_EQ(said().size(), 1U);
    EXPECT_EQ(said()[0].incident, "i_abcdefghij");
    EXPECT_EQ(said()[0].what, SaidOfIncident::What::Acknowledge);
    EXPECT_EQ(said()[0].note.by, "alice");
    EXPECT_EQ(act({{"action", "close"}, {"because", " "}}), "say why");
    EXPECT_EQ(act({{"action", "close"}, {"because", "a drill"}}), "");
    ASSERT_EQ(said().size(), 2U);
    EXPECT_EQ(said()[1].what, SaidOfIncident::What::Close);
    EXPECT_EQ(said()[1].note.because, "a drill");
    EXPECT_EQ(said()[1].note.time, when_said());
}

TEST_F(PageWritesTest, Silences) {
    EXPECT_EQ(act({{"action", "silence"}, {"because", "known"}, {"for", "8d"}}), "how long: up to 7d");
    EXPECT_EQ(act({{"action", "silence"}, {"because", "known"}, {"for", "x"}}), "how long: up to 7d");
    EXPECT_EQ(act({{"action", "silence"}, {"for", "1h"}}), "say why");
    EXPECT_EQ(act({{"action", "silence"}, {"because", "known"}, {"for", "7d"}}), "");
    const auto store = Store::open(path_, Store::Mode::ReadOnly);
    const std::vector<Silence> all = read_silences(store->state());
    ASSERT_EQ(all.size(), 1U);
    EXPECT_EQ(stored(all[0].matchers.at(0)), "incident=i_abcdefghij");
    EXPECT_EQ(all[0].ends - all[0].starts, 24h * 7);
    EXPECT_EQ(all[0].author, "alice");
}

TEST_F(PageWritesTest, EndsSilencesOfTheIncidentOnly) {
    const auto store = Store::open(path_, Store::Mode::Attached);
    const auto add = [&](const std::string& matcher) {
        Silence silence{.starts = when_said() - 1h, .ends = when_said() + 1h, .author = "bob"};
        silence.matchers.push_back(parse_matcher(matcher));
        EXPECT_EQ(add_silence(*store, silence, when_said()), "");
        return silence.id;
    };
    const auto ends = [&](const std::string& id) {
        for (const Silence& one : read_silences(store->state())) {
            if (one.id == id) return one.ends - when_said();
        }
        return audit::Duration::max();
    };
    const std::string own = add("incident=i_abcdefghij"), by_beginning = add("incident=i_abcd");
    const std::string others = add("incident=i_other12345"), wide = add("actor=alice");
    const std::string but_this = add("incident!=i_abcdefghij");
    EXPECT_EQ(act({{"action", "expire"}, {"silence", own}}), "");
    EXPECT_EQ(ends(own), 0s);
    EXPECT_EQ(act({{"action", "expire"}, {"silence", by_beginning}}), "");
    EXPECT_EQ(ends(by_beginning), 0s);
    for (const std::string& id : {own, others, wide, but_this, std::string("s_none")}) {
        EXPECT_EQ(act({{"action", "expire"}, {"silence", id}}), "this silence is over") << id;
    }
    EXPECT_EQ(ends(others), 1h);
    EXPECT_EQ(ends(wide), 1h);
    EXPECT_EQ(ends(but_this), 1h);
    EXPECT_EQ(expire_silence(*store, "s_none", when_said()), std::nullopt);
    EXPECT_EQ(expire_silence(*store, own, when_said() + 1h), "");
    EXPECT_EQ(ends(own), 0s) << "it had ended before";
}

TEST_F(PageWritesTest, RefusesTheRest) {
    EXPECT_EQ(act({{"action", "drop"}, {"because", "x"}}), "there is no such action");
    EXPECT_EQ(act({{"action", "ack"}}, "i_"), "there is no incident of this id");
    EXPECT_EQ(act({{"action", "ack"}}, "i_none00"), "there is no incident of this id");
    EXPECT_EQ(act({{"action", "ack"}}, "i_over5678"), "this incident is over");
    EXPECT_TRUE(said().empty());
}

TEST_F(PageWritesTest, TheSiteWantsAnOperatorAndItsOwnForm) {
    EXPECT_EQ(post({.operators = {}}, "action=ack").status, 403);
    EXPECT_EQ(post({.operators = {"bob"}}, "action=ack").status, 403);
    EXPECT_EQ(post({.operators = {"*"}}, "action=ack&because=x", "/secrets").status, 405);
    EXPECT_TRUE(said().empty());
    const HttpReply done = post({.operators = {"*"}}, "action=ack&because=on+it");
    EXPECT_EQ(done.status, 303);
    EXPECT_THAT(done.headers, ::testing::Contains(std::pair<std::string, std::string>(
                                  "Location", "/incidents/i_abcdef?done=" +
                                                  std::to_string(when_said().time_since_epoch() / 1s))));
    ASSERT_EQ(said().size(), 1U);
    EXPECT_EQ(said()[0].note.because, "on it");
}

TEST(PageSearch, UsersByTheBeginningOfTheirNames) {
    test::MemoryState state;
    const auto add = [&](const std::string& user, const std::string& cluster) {
        state.put(access::kLastAccess, user + "\x1f\x1f" + cluster, "{}");
    };
    add("alice", "a");
    add("alice", "b");
    add("alina", "a");
    add("bob", "a");
    add("system:serviceaccount:ci:deployer", "a");
    EXPECT_THAT(users_called(state, "ali", 5).users, ElementsAre("alice", "alina"));
    EXPECT_FALSE(users_called(state, "ali", 2).more_users);
    EXPECT_THAT(users_called(state, "ali", 1).users, ElementsAre("alice"));
    EXPECT_TRUE(users_called(state, "ali", 1).more_users);
    EXPECT_THAT(users_called(state, "ci/dep", 5).users, ElementsAre("system:serviceaccount:ci:deployer"));
    EXPECT_THAT(users_called(state, "ci", 5).users, ElementsAre("system:serviceaccount:ci:deployer"));
    EXPECT_TRUE(users_called(state, "", 5).users.empty());
}

TEST(PageIncidents, AreReadAnewWhenTheirRowsChange) {
    test::MemoryState state;
    Incident one;
    one.id = "i_one0000000";
    one.summary = "first";
    one.last = when_said();
    state.put(kIncidentTable, one.id, write_row(one));
    Incident older = one;
    older.id = "i_two0000000";
    older.last = when_said() - 1h;
    state.put(kIncidentTable, older.id, write_row(older));
    KnownIncidents known;
    const auto ids = [&](const IncidentsFilter& filter) {
        std::vector<std::string> out;
        for (const Incident* incident : known.matching(filter))
            out.push_back(incident->id + " " + incident->summary);
        return out;
    };
    known.refresh(state);
    EXPECT_THAT(ids({}), ElementsAre("i_one0000000 first", "i_two0000000 first"));
    one.summary = "second";
    one.state = IncidentState::Closed;
    state.put(kIncidentTable, one.id, write_row(one));
    state.put(kIncidentTable, "i_bad", "{");
    known.refresh(state);
    EXPECT_THAT(ids({}), ElementsAre("i_one0000000 second", "i_two0000000 first"));
    EXPECT_THAT(ids({.only_open = true}), ElementsAre("i_two0000000 first"));
    state.erase(kIncidentTable, one.id);
    known.refresh(state);
    EXPECT_THAT(ids({}), ElementsAre("i_two0000000 first"));
}

}  // namespace
}  // namespace redshank
