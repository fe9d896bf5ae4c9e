#include <gmock/gmock.h>

#include "daemon/commands/commands.h"
#include "daemon/store/store.h"
#include "tests/support/temp_dir.h"

namespace redshank {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class SecretsCommand : public ::testing::Test {
  protected:
    SecretsCommand() : store_(Store::open(path_, Store::Mode::ReadWrite)) {
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
        store_->commit();
    }

    std::string run(std::vector<std::string> arguments) {
        CLI::App app;
        Chosen chosen;
        add_secrets(app, chosen);
        arguments.insert(arguments.begin(), {"secrets", "--state", path_});
        std::reverse(arguments.begin(), arguments.end());
        app.parse(arguments);
        ::testing::internal::CaptureStdout();
        EXPECT_EQ(chosen(), kDone);
        return ::testing::internal::GetCapturedStdout();
    }

    test::TempDir folder_;
    const std::string path_ = folder_.file("redshank.db");
    std::unique_ptr<Store> store_;  // open for writing all the while, as by the daemon
};

TEST_F(SecretsCommand, ShowsWindowsAndWhoRead) {
    const std::string out = run({"--secret", "shop/db"});
    EXPECT_THAT(out, HasSubstr("shop/db  window 1, closed"));
    EXPECT_THAT(out, HasSubstr("for          1h"));
    EXPECT_THAT(out, HasSubstr("mallory  shop/*  g"));
    EXPECT_THAT(out, Not(HasSubstr("\x1b")));
}

TEST_F(SecretsCommand, KeepsToTheSecretAndTheTimeAskedFor) {
    EXPECT_THAT(run({"--secret", "bank/db"}), Not(HasSubstr("mallory")));
    EXPECT_THAT(run({"--since", "2026-01-05T10:30:00Z"}), HasSubstr("window 1"));
    EXPECT_THAT(run({"--since", "2026-01-05T10:30:00Z"}), Not(HasSubstr("mallory")));
    EXPECT_THAT(run({"--until", "2026-01-05T09:00:00Z"}), HasSubstr("none"));
}

TEST_F(SecretsCommand, PrintsJsonLines) {
    const std::string out = run({"--format", "json"});
    EXPECT_THAT(out, HasSubstr(R"({"type":"window","number":1)"));
    EXPECT_THAT(out, HasSubstr(R"({"type":"reader","secret":"shop/*")"));
}

}  // namespace
}  // namespace redshank
