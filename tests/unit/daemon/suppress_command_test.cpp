// `redshank suppress` and its effect on a running detector; `redshank digest`.
#include <gmock/gmock.h>

#include <boost/json.hpp>
#include <map>

#include "core/state/row.h"
#include "detectors/access/config.h"
#include "detectors/access/suppression.h"
#include "detectors/registry.h"
#include "tests/support/command_test.h"
#include "tests/unit/detectors/access/diary.h"

namespace redshank {
namespace {

namespace json = boost::json;
using namespace test;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

class SuppressCommand : public CommandTest {
  protected:
    SuppressCommand() {
        for (const char* name : {"alice", "bob", "carol"}) {
            diary_.through(8, 14 * 24, 5, {.user = person(name)});
        }
    }

    CommandRun run(std::vector<std::string> arguments) {
        arguments.insert(arguments.begin(), "suppress");
        return run_command(add_suppress, std::move(arguments));
    }
    std::string add(std::vector<std::string> what) {
        what.insert(what.begin(), "add");
        what.insert(what.end(), {"--comment", "new backup", "--author", "oncall"});
        const CommandRun added = run(std::move(what));
        EXPECT_EQ(added.status, kDone) << added.err;
        return added.out.substr(0, added.out.find('\n'));
    }

    void list_secrets(double hour, const std::string& who = "alice") {
        diary_.at(14 * 24 + hour, {.user = person(who), .verb = "list", .resource = "secrets", .name = ""});
    }

    Diary diary_;
};

TEST_F(SuppressCommand, WhatIsSaidIsHeededByTheRunningDetectorAndCounted) {
    const std::string id = add({"--actor", "ali*", "--behaviour", "list secrets", "--for", "30d"});
    EXPECT_THAT(id, ::testing::StartsWith("n_"));
    diary_.detector().refresh(store_->state());
    list_secrets(1);
    EXPECT_THAT(diary_.told(), IsEmpty());
    // The suppression does not concern bob.
    diary_.at(14 * 24 + 2, {.user = person("bob"), .verb = "delete", .resource = "secrets", .name = "db"});
    EXPECT_THAT(diary_.told(), SizeIs(1));

    Measured measured(diary_.detector());
    EXPECT_EQ(measured.values["redshank_unusual_access_suppressed_total"], 1);
    EXPECT_EQ(measured.values["redshank_unusual_access_suppressions command"], 1);
    EXPECT_EQ(measured.values["redshank_unusual_access_suppressions config"], 0);

    diary_.save();
    write_state(diary_.rows().all());
    const json::value row = json::parse(run({"list", "--format", "json"}).out);
    EXPECT_EQ(row.at("id"), json::value(id));
    EXPECT_EQ(row.at("actor"), json::value("ali*"));
    EXPECT_EQ(row.at("behaviour"), json::value("list secrets"));
    EXPECT_EQ(row.at("namespace"), json::value("*"));
    EXPECT_EQ(row.at("author"), json::value("oncall"));
    EXPECT_EQ(row.at("comment"), json::value("new backup"));
    EXPECT_EQ(row.at("times"), json::value(1));
    EXPECT_EQ(row.at("last"), json::value("2026-01-19T01:00:00.000000Z"));
    const std::string text = run({"list"}).out;
    EXPECT_THAT(text, HasSubstr("actor=ali* behaviour=list secrets namespace=*"));
}

TEST_F(SuppressCommand, WhatIsEndedIsToldAgain) {
    const std::string id = add({"--actor", "alice"});
    diary_.detector().refresh(store_->state());
    EXPECT_EQ(run({"expire", id}).status, kDone);
    diary_.detector().refresh(store_->state());
    list_secrets(1);
    EXPECT_THAT(diary_.told(), SizeIs(1));
    EXPECT_THAT(run({"list", "--all"}).out, HasSubstr("nothing is suppressed"));
    EXPECT_EQ(run({"expire", id}).status, kUsage);
}

TEST_F(SuppressCommand, AgesAndKeepsItsCountOverARestart) {
    const auto make = [this](const std::string& id, const std::string& actor, const char* expires) {
        access::SaidNormal said{.id = id, .author = "a", .comment = "c"};
        said.what = {
            .actor = actor, .behaviour = "*", .namespace_ = "*", .expires = *audit::parse_time(expires)};
        diary_.rows().put(access::kSuppressions, id, write_row(said));
    };
    make("n_1", "alice", "2026-01-19T02:00:00Z");
    make("n_2", "bob", "2036-01-01T00:00:00Z");
    diary_.rows().put(access::kSuppressions, "n_3", "{\"broken\":");
    diary_.rows().put(access::kSuppressionUse, "n_4", "[7,7]");  // of a suppression that has ended
    diary_.detector().refresh(diary_.rows());
    list_secrets(1);
    list_secrets(1.5, "bob");
    EXPECT_THAT(diary_.told(), IsEmpty());
    diary_.restart();
    diary_.at(14 * 24 + 2.5, {.verb = "delete", .resource = "secrets", .name = "db"});
    EXPECT_THAT(diary_.told(), SizeIs(1));  // the suppression for alice has ended
    diary_.at(14 * 24 + 3, {.user = person("bob"), .verb = "delete", .resource = "secrets", .name = "db"});
    EXPECT_THAT(diary_.told(), SizeIs(1));
    diary_.save();
    EXPECT_EQ(diary_.rows().get(access::kSuppressionUse, "n_1").value_or("").substr(0, 3), "[1,");
    EXPECT_EQ(diary_.rows().get(access::kSuppressionUse, "n_2").value_or("").substr(0, 3), "[2,");
    EXPECT_FALSE(diary_.rows().get(access::kSuppressionUse, "n_4"));
    EXPECT_EQ(Measured(diary_.detector()).values["redshank_unusual_access_suppressions expired"], 1);
}

TEST_F(SuppressCommand, AnotherConfigurationChangesWhatTheConfigurationSaid) {
    const std::string id = add({"--actor", "bob"});
    diary_.detector().refresh(store_->state());
    DetectorConfig config;
    config.of<access::Config>() = Diary::short_learning();
    config.of<access::Config>().suppress = {{.actor = "alice"}};
    diary_.detector().reload(config);
    list_secrets(1);
    list_secrets(1.5, "bob");
    EXPECT_THAT(diary_.told(), IsEmpty());
    EXPECT_EQ(Measured(diary_.detector()).values["redshank_unusual_access_suppressions config"], 1);

    config.of<access::Config>().suppress = {{.actor = "carol"}};
    diary_.detector().reload(config);
    diary_.at(14 * 24 + 2, {.verb = "delete", .resource = "secrets", .name = "db"});
    EXPECT_THAT(diary_.told(), SizeIs(1));  // no longer normal for alice, still for bob
    diary_.at(14 * 24 + 2.5, {.user = person("bob"), .verb = "delete", .resource = "secrets", .name = "db"});
    EXPECT_THAT(diary_.told(), SizeIs(1));
}

TEST_F(SuppressCommand, RefusesWhatItCannotMean) {
    EXPECT_THAT(run({"add", "--comment", "x"}).err, HasSubstr("this would suppress everything"));
    for (const char* wrong : {"tomorrow", "0d", "", "5"}) {
        const CommandRun refused = run({"add", "--actor", "a", "--comment", "x", "--for", wrong});
        EXPECT_EQ(refused.status, kUsage) << wrong;
        EXPECT_THAT(refused.err, HasSubstr("--for takes a duration")) << wrong;
    }
    EXPECT_THROW(run({"add", "--actor", "a"}), CLI::RequiredError);  // a reason is required
    EXPECT_EQ(run({"expire", "n_0"}).status, kUsage);
}

TEST_F(SuppressCommand, DigestShowsWhatWasNotTold) {
    access::Config config = Diary::short_learning();
    config.budget_per_day = 0;  // the model makes no findings
    Diary thrifty(config);
    for (const char* name : {"alice", "bob"}) thrifty.through(8, 14 * 24, 5, {.user = person(name)});
    thrifty.at(14 * 24 + 1, {.verb = "list", .resource = "secrets", .name = ""});
    thrifty.at(14 * 24 + 2, {.user = person("bob"), .verb = "delete", .resource = "secrets", .name = "db"});
    EXPECT_THAT(thrifty.told(), IsEmpty());
    thrifty.save();
    write_state(thrifty.rows().all());

    const auto digest = [this](std::vector<std::string> arguments) {
        arguments.insert(arguments.begin(), "digest");
        return run_command(add_digest, std::move(arguments)).out;
    };
    const std::string all = digest({});
    EXPECT_THAT(all, HasSubstr("2026-01-19T01:00:00Z"));
    EXPECT_THAT(all, HasSubstr("never done in 13 days"));
    EXPECT_LT(all.find("bob"), all.find("alice"));  // newest first
    EXPECT_THAT(digest({"--user", "bob"}), Not(HasSubstr("alice ")));
    EXPECT_THAT(digest({"--since", "2027-01-01"}), HasSubstr("nothing was weighed and kept back"));
    const json::value row = json::parse(digest({"--user", "alice", "--format", "json"}));
    EXPECT_EQ(row.at("user"), json::value("alice"));
    EXPECT_EQ(row.at("namespace"), json::value("shop"));
    EXPECT_GT(row.at("bits").to_number<double>(), 4);
}

}  // namespace
}  // namespace redshank
