#include <gmock/gmock.h>

#include "daemon/commands/options.h"
#include "tests/support/command_test.h"

namespace redshank {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(Moment, IsATimeADateOrADurationBeforeNow) {
    const audit::Time now = *audit::parse_time("2026-01-05T10:00:00Z");
    EXPECT_EQ(parse_moment("2026-01-05T09:00:00+01:00", now), audit::parse_time("2026-01-05T08:00:00Z"));
    EXPECT_EQ(parse_moment("2026-01-04", now), audit::parse_time("2026-01-04T00:00:00Z"));
    EXPECT_EQ(parse_moment("36h", now), audit::parse_time("2026-01-03T22:00:00Z"));
    for (const char* wrong : {"", "yesterday", "24", "-5h", "2026-13-01", "10:00"}) {
        EXPECT_EQ(parse_moment(wrong, now), std::nullopt) << wrong;
    }
}

class FindingsCommandTest : public test::CommandTest {
  protected:
    FindingsCommandTest() {
        store_->begin();
        for (const auto& [id, severity] :
             {std::pair{"f_1", Severity::Low}, std::pair{"f_2", Severity::High}}) {
            Finding finding{.id = id, .time = *audit::parse_time("2026-01-05T10:00:00Z"), .detector = "rule"};
            finding.kind = "some-rule";
            finding.severity = severity;
            finding.summary = std::string("mallory\x1b[2J did ") + id;
            store_->upsert_finding(finding);
        }
        store_->commit();
    }

    std::string run(std::vector<std::string> arguments) {
        arguments.insert(arguments.begin(), "findings");
        const test::CommandRun run = run_command(add_findings, std::move(arguments));
        EXPECT_EQ(run.status, kDone);
        return run.out;
    }
};

TEST_F(FindingsCommandTest, ListsThemAsATableWithoutControlCharacters) {
    const std::string out = run({});
    EXPECT_THAT(out, HasSubstr("SEVERITY"));
    EXPECT_THAT(out, HasSubstr("did f_1"));
    EXPECT_THAT(out, HasSubstr("2026-01-05T10:00:00Z"));
    EXPECT_THAT(out, Not(HasSubstr("\x1b")));
    EXPECT_THAT(run({"--since", "2027-01-01"}), HasSubstr("nothing found"));
}

TEST_F(FindingsCommandTest, ListsThemAsJsonLines) {
    const std::string out = run({"--format", "json", "--severity", "medium"});
    EXPECT_THAT(out, HasSubstr(R"("id":"f_2")"));
    EXPECT_THAT(out, Not(HasSubstr("f_1")));
    EXPECT_EQ(run({"--format", "json", "--detector", "crd_health"}), "");
}

TEST_F(FindingsCommandTest, RefusesWhatItDoesNotKnow) {
    EXPECT_THROW(run({"--since", "yesterday"}), CLI::ValidationError);
    EXPECT_THROW(run({"--severity", "awful"}), CLI::ValidationError);
    EXPECT_THROW(run({"--format", "xml"}), CLI::ValidationError);
    for (const auto& [arguments, said] : std::vector<std::pair<std::vector<std::string>, const char*>>{
             {{"--detector", "foo"},
              "'foo' is none of secret_exposure, unusual_access, crd_health, source, rule"},
             {{"--detector", "crd_healht"}, "did you mean 'crd_health'?"},
             {{"--severity", "hihg"}, "did you mean 'high'?"}}) {
        try {
            run(arguments);
            ADD_FAILURE() << said;
        } catch (const CLI::ValidationError& error) {
            EXPECT_THAT(error.what(), HasSubstr(said));
        }
    }
}

TEST_F(FindingsCommandTest, KeepsToTheCluster) {
    store_->begin();
    store_->upsert_finding({.id = "f_3", .detector = "rule", .kind = "k", .cluster = "prod"});
    store_->commit();
    EXPECT_THAT(run({"--cluster", "prod", "--format", "json"}), HasSubstr("f_3"));
    EXPECT_THAT(run({"--cluster", "prod", "--format", "json"}), Not(HasSubstr("f_1")));
    const test::CommandRun wrong =
        run_command(add_findings, {"findings", "--cluster", "pro", "--format", "json"});
    EXPECT_EQ(wrong.status, kUsage);
    EXPECT_EQ(wrong.out, "");
    EXPECT_THAT(wrong.err, HasSubstr("no cluster pro was ever seen; nearest: prod"));
}

TEST_F(FindingsCommandTest, KeepsToAnIdAKindAndAUser) {
    store_->begin();
    Finding finding{.id = "f_3", .detector = "rule", .kind = "other-rule", .cluster = "prod"};
    finding.actor = FindingActor{.user = "alice", .impersonated = "bob"};
    store_->upsert_finding(finding);
    store_->commit();
    const auto ids = [&](std::vector<std::string> arguments) {
        arguments.insert(arguments.end(), {"--format", "json"});
        std::string all;
        std::istringstream lines(run(std::move(arguments)));
        for (std::string line; std::getline(lines, line);) all += line.substr(7, 3) + " ";
        return all;
    };
    EXPECT_EQ(ids({"--id", "f_2"}), "f_2 ");
    EXPECT_EQ(ids({"--kind", "other-rule"}), "f_3 ");
    EXPECT_EQ(ids({"--user", "alice"}), "f_3 ");
    EXPECT_EQ(ids({"--user", "bob"}), "f_3 ");
    EXPECT_EQ(ids({"--kind", "some-rule", "--min-severity", "high"}), "f_2 ");
    EXPECT_EQ(ids({"--kind", "some-rule", "--user", "alice"}), "");
    EXPECT_EQ(ids({"--kind", "crd-failing"}), "") << "a kind that can be, and was not found";
    for (const auto& [arguments, said] : std::vector<std::pair<std::vector<std::string>, const char*>>{
             {{"--id", "f_4"}, "no finding f_4 was ever seen; nearest: f_1"},
             {{"--kind", "other-rules"}, "no finding of kind other-rules was ever seen; nearest: other-rule"},
             {{"--kind", "crd-faling"}, "nearest: crd-failing"},
             {{"--user", "alcie"}, "no user alcie was ever seen; nearest: alice"},
             {{"--user", "x\x1b[2J"}, "no user x"}}) {
        std::vector<std::string> all{"findings"};
        all.insert(all.end(), arguments.begin(), arguments.end());
        const test::CommandRun wrong = run_command(add_findings, all);
        EXPECT_EQ(wrong.status, kUsage) << said;
        EXPECT_THAT(wrong.err, HasSubstr(said));
        EXPECT_THAT(wrong.err, Not(HasSubstr("\x1b")));
    }
}

}  // namespace
}  // namespace redshank
