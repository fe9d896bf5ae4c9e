#include <gmock/gmock.h>

#include "tests/support/command_test.h"

namespace redshank {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

class SecretsCommand : public test::CommandTest {
  protected:
    SecretsCommand() {
        store_->begin();
        store_->writer().put(
            "secret_exposure.windows",
            "c\x1f"
            "000000000001",
            R"({"number":1,"target":"shop/db","through":"RoleBinding shop/tmp → ClusterRole edit",)"
            R"("subjects":["Group dev\u001b[2J"],"severity":"critical","basis":"objects","reads":1,)"
            R"("opened":"2026-01-05T10:00:00.000000Z","closed":"2026-01-05T11:00:00.000000Z"})");
        store_->writer().put(
            "secret_exposure.reads", "c\x1fshop/db",
            R"({"secret":"shop/*","user":"mallory","grant":"g","window":1,"verdict":"exposed",)"
            R"("verbs":["list"],"count":3,"first":"2026-01-05T10:01:00.000000Z",)"
            R"("last":"2026-01-05T10:02:00.000000Z"})");
        store_->writer().put(
            "secret_exposure.windows",
            "d\x1f"
            "000000000001",
            R"({"number":1,"target":"shop/db","through":"ClusterRoleBinding all","subjects":["Group all"],)"
            R"("severity":"high","basis":"inferred","reads":0,"opened":"2026-01-06T10:00:00.000000Z"})");
        store_->writer().put("secret_exposure.reads", "d\x1fshop/db", "[]");  // not a row of this program
        store_->writer().put(
            "secret_exposure.reads", "d\x1fshop/db2",
            R"({"secret":"shop/db","user":"zoe","verdict":"in-order","verbs":["get"],"count":1,)"
            R"("first":"2026-01-06T10:01:00.000000Z","last":"2026-01-06T10:02:00.000000Z"})");
        store_->commit();
    }

    std::string run(std::vector<std::string> arguments) {
        arguments.insert(arguments.begin(), "secrets");
        const test::CommandRun run = run_command(add_secrets, std::move(arguments));
        EXPECT_EQ(run.status, kDone);
        return run.out;
    }
};

TEST_F(SecretsCommand, ShowsWindowsAndWhoRead) {
    const std::string with_ages = run({"--secret", "shop/db"}), out = test::without_ages(with_ages);
    EXPECT_THAT(with_ages, HasSubstr("CLOSED       2026-01-05T11:00:00Z ("));
    EXPECT_THAT(out, HasSubstr("SECRETS      shop/db\n"
                               "WINDOW       1, closed\n"
                               "CLUSTER      c\n"
                               "READABLE BY  Group dev\\u001b[2J\n"
                               "THROUGH      RoleBinding shop/tmp → ClusterRole edit\n"
                               "OPENED       2026-01-05T10:00:00Z or earlier: before anything that was seen\n"
                               "CLOSED       2026-01-05T11:00:00Z\n"
                               "OPEN FOR     1h\n"
                               "READS        1\n"));
    EXPECT_THAT(out, HasSubstr("WINDOW       1, OPEN\n"));
    EXPECT_THAT(out, HasSubstr("KNOWN        inferred from reads"));
    EXPECT_LT(out.find("CLUSTER      d"), out.find("CLUSTER      c"));  // last opened first
    EXPECT_THAT(out, HasSubstr("mallory  shop/*   list g in window 1 since 2026-01-05T10:01:00Z\n"));
    EXPECT_LT(out.find("zoe"), out.find("mallory"));
    EXPECT_THAT(run({"--cluster", "c"}), Not(HasSubstr("zoe")));
    EXPECT_THAT(run({"--cluster", "c"}), Not(HasSubstr("OPEN\n")));
}

TEST_F(SecretsCommand, KeepsToTheSecretAndTheTimeAskedFor) {
    EXPECT_THAT(run({"--secret", "shop/other"}), AllOf(HasSubstr("mallory"), Not(HasSubstr("zoe"))));
    EXPECT_THAT(run({"--namespace", "shop"}), HasSubstr("mallory"));
    EXPECT_THAT(run({"--since", "2026-01-05T10:30:00Z"}), HasSubstr("1, closed"));
    EXPECT_THAT(run({"--since", "2026-01-05T11:00:01Z"}), Not(HasSubstr("1, closed")));
    EXPECT_THAT(run({"--since", "2026-01-05T10:30:00Z"}), Not(HasSubstr("mallory")));
    EXPECT_THAT(run({"--until", "2026-01-05T09:00:00Z"}),
                AllOf(HasSubstr("EXPOSURE WINDOWS\nnone\n"), HasSubstr("CONTENT\nnobody\n")));
}

TEST_F(SecretsCommand, NamesTheNearestOfWhatWasNeverSeen) {
    const auto refused = [&](std::vector<std::string> arguments) {
        arguments.insert(arguments.begin(), "secrets");
        const test::CommandRun run = run_command(add_secrets, std::move(arguments));
        EXPECT_EQ(run.status, kUsage);
        EXPECT_EQ(run.out, "");
        return run.err;
    };
    EXPECT_THAT(refused({"--secret", "shpo/db"}),
                HasSubstr("no Secret shpo/db was ever seen; nearest: shop/db"));
    // A window of the whole namespace reaches this name too, but it is nearly that of a Secret that was seen.
    EXPECT_THAT(refused({"--secret", "shop/dbb"}), HasSubstr("nearest: shop/db"));
    EXPECT_THAT(refused({"--secret", "elsewhere/other"}),
                HasSubstr("no Secret elsewhere/other was ever seen"));
    EXPECT_THAT(refused({"--namespace", "shopp"}),
                HasSubstr("no namespace shopp was ever seen; nearest: shop"));
    EXPECT_THAT(refused({"--cluster", "prod"}), HasSubstr("no cluster prod was ever seen; nearest: c, d"));
}

TEST_F(SecretsCommand, SaysWhenCountsAreNotOfTheTimesAskedFor) {
    EXPECT_THAT(run({"--since", "2026-01-05T10:01:01Z"}), HasSubstr("Note: COUNT is of all requests"));
    EXPECT_THAT(run({"--since", "2026-01-05T10:01:00Z"}), Not(HasSubstr("Note:")));
    EXPECT_THAT(run({"--until", "2026-01-06T10:01:59Z"}), HasSubstr("Note: COUNT is of all requests"));
    EXPECT_THAT(run({"--until", "2026-01-06T10:02:00Z"}), Not(HasSubstr("Note:")));
    EXPECT_THAT(run({"--since", "2026-01-05T10:01:01Z", "--format", "json"}), Not(HasSubstr("Note:")));
}

TEST_F(SecretsCommand, SaysVerdictsInWords) {
    write_state(
        {{"secret_exposure.reads",
          {{"c\x1fx", R"({"secret":"shop/x","user":"eve","verdict":"not-judged","verbs":["get"],"count":1,)"
                      R"("first":"2026-01-06T10:01:00.000000Z","last":"2026-01-06T10:02:00.000000Z"})"}}}});
    EXPECT_THAT(run({"--secret", "shop/x"}), HasSubstr("not judged"));
    EXPECT_THAT(run({"--secret", "shop/x", "--format", "json"}), HasSubstr("not-judged"));
}

TEST_F(SecretsCommand, PrintsJsonLines) {
    const std::string out = run({"--format", "json"});
    EXPECT_THAT(out, HasSubstr(R"({"type":"window","number":1)"));
    EXPECT_THAT(out, HasSubstr(R"({"type":"reader","secret":"shop/*")"));
}

}  // namespace
}  // namespace redshank
