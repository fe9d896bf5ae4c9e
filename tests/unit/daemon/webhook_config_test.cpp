#include <gmock/gmock.h>

#include <any>
#include <fstream>

#include "daemon/config/config.h"
#include "daemon/sources/webhook_source.h"
#include "tests/support/command_test.h"

namespace redshank {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr const char* kSource = R"(
[[source]]
type = "webhook"
name = "api-servers"
listen = "127.0.0.1:9443"
cert_file = "/etc/redshank/webhook.crt"
key_file = "/etc/redshank/webhook.key"
)";

std::string error_of(const std::string& text) {
    try {
        parse_config(text, "x.toml");
    } catch (const ConfigError& error) {
        return error.what();
    }
    return "";
}

TEST(WebhookConfig, ReadsTheExampleOfTheContract) {
    const Config config = parse_config(
        std::string(kSource) +
            "client_ca_file = \"/etc/redshank/clients.crt\"\ncluster = \"prod-eu\"\nbody_limit_mb = 8\n"
            "max_connections = 12\n",
        "x.toml");
    ASSERT_EQ(config.sources.size(), 1u);
    EXPECT_EQ(config.sources[0].cluster, "prod-eu");
    const auto& own = std::any_cast<const WebhookSourceConfig&>(config.sources[0].own);
    EXPECT_EQ(own.label(), "api-servers");
    EXPECT_EQ(own.body_limit, size_t{8} << 20);
    EXPECT_EQ(own.queue_limit, size_t{64} << 20);
    EXPECT_EQ(own.max_connections, 12U);
}

TEST(WebhookConfig, SaysWhatIsMissingOrDoesNotFit) {
    const std::string good = std::string(kSource) + "token_file = \"t\"\n";
    EXPECT_EQ(error_of(good), "");
    for (const auto& [text, said] : std::vector<std::pair<std::string, std::string>>{
             {kSource, "client_ca_file is needed"},
             {"[[source]]\ntype = \"webhook\"\ntoken_file = \"t\"\n", "cert_file: is needed"},
             {"[[source]]\ntype = \"webhook\"\ntoken_file = \"t\"\n", "listen: is needed"},
             {good + "line_limit_mb = 3\n", "body_limit_mb bounds a POST"},
             {good + "client_names = [\"a\"]\n", "needs client_ca_file"},
             {good + "body_limit_mb = 65\n", "must not be less than body_limit_mb"},
             {good + "path = \"x\"\n", "path: is a key of type file"},
             {good + good, "is read by the source at x.toml:5:1"},
             {good + "[[source]]\npath = \"x\"\nlisten = \"x\"\n", "listen: is a key of type webhook"}}) {
        EXPECT_THAT(error_of(text), HasSubstr(said)) << text;
    }
    std::string other = good;
    other.replace(other.find("9443"), 4, "9444");
    EXPECT_THAT(error_of(good + other), HasSubstr("another source is called so"));
}

TEST(WebhookConfig, FilesAreReadBeforeAnythingBegins) {
    Config config = parse_config(std::string(kSource) + "token_file = \"t\"\n", "x.toml");
    try {
        make_sources(config.sources, config.file);
        FAIL();
    } catch (const ConfigError& error) {
        EXPECT_THAT(error.what(), HasSubstr("x.toml:5:"));
        EXPECT_THAT(error.what(), HasSubstr("cert_file /etc/redshank/webhook.crt: cannot read"));
    }
}

using WebhookConfigCommand = test::CommandTest;

TEST_F(WebhookConfigCommand, PrintsAKubeconfigAndFlags) {
    const auto standard = run_plain(add_webhook_config, {"webhook-config"});
    EXPECT_EQ(standard.status, 0);
    EXPECT_THAT(standard.out, HasSubstr("    server: https://127.0.0.1:9443/audit\n"));
    EXPECT_THAT(standard.out, HasSubstr("current-context: redshank\n"));
    EXPECT_THAT(standard.out, HasSubstr("tokenFile:"));
    EXPECT_THAT(standard.out, Not(HasSubstr("client-certificate:")));
    EXPECT_THAT(standard.out, HasSubstr("#   --audit-webhook-mode=batch\n"));
    EXPECT_THAT(standard.out, HasSubstr("batch-max-wait=1s"));

    const std::string file = folder_.file("redshank.toml");
    std::string text = std::string(kSource) + "client_ca_file = \"c\"\n";
    text.replace(text.find("127.0.0.1"), 9, "0.0.0.0");
    std::ofstream(file) << text;
    const auto own =
        run_plain(add_webhook_config, {"webhook-config", "--config", file, "--mode", "blocking"});
    EXPECT_THAT(own.out, HasSubstr("https://NAME-OF-THIS-HOST:9443/audit"));
    EXPECT_THAT(own.out, HasSubstr("client-certificate:"));
    EXPECT_THAT(own.out, Not(HasSubstr("tokenFile:")));
    EXPECT_THAT(own.out, Not(HasSubstr("batch-max-wait")));
    text += "[[source]]\npath = \"x\"\n";
    std::string second = std::string(kSource) + "token_file = \"t\"\n";
    second.replace(second.find("api-servers"), 11, "second");
    second.replace(second.find("9443"), 4, "9444");
    std::ofstream(file) << text << second;
    const auto of = [&](const std::string& name) {
        return run_plain(add_webhook_config, {"webhook-config", "--config", file, "--name", name});
    };
    EXPECT_THAT(of("second").out, HasSubstr("https://127.0.0.1:9444/audit"));
    EXPECT_THAT(of("api-servers").out, HasSubstr("https://NAME-OF-THIS-HOST:9443/audit"));
    EXPECT_THAT(run_plain(add_webhook_config, {"webhook-config", "--config", file, "--name", "other"}).err,
                HasSubstr("no [[source]] of type \"webhook\" and name \"other\""));
}

}  // namespace
}  // namespace redshank
