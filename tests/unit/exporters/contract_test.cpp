// Posts the sinks' messages to servers that enforce each receiver's documented limits
// (tests/support/receivers).
#include <gtest/gtest.h>

#include <fstream>
#include <random>

#include "exporters/alertmanager.h"
#include "exporters/http_sender.h"
#include "exporters/pagerduty.h"
#include "exporters/registry.h"
#include "exporters/slack.h"
#include "exporters/teams.h"
#include "exporters/webhook.h"
#include "tests/support/receiver_server.h"
#include "tests/support/temp_dir.h"
#include "tests/unit/exporters/sample_alerts.h"

namespace redshank {
namespace {

struct Contract {
    const char* kind;
    bool cloudevents = false;
};

std::ostream& operator<<(std::ostream& out, const Contract& contract) {
    return out << contract.kind << (contract.cloudevents ? " as CloudEvents" : "");
}

class ContractTest : public ::testing::TestWithParam<Contract> {
  protected:
    ContractTest() : server_(GetParam().kind) {
        test::write_file(folder_.file("key"), "0123456789abcdef0123456789abcdef\n");
        test::write_file(folder_.file("secret"), "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=\n");
        test::write_file(folder_.file("secret2"), "whsec_ZmVkY2JhOTg3NjU0MzIxMGZlZGNiYTk4NzY1NDMyMTA=\n");
        sinks_ = make_sinks({.name = "r", .type = GetParam().kind, .own = own()});
    }

    std::any own() const {
        const std::string kind = GetParam().kind;
        const Target target{.url = server_.url()};
        if (kind == "slack") return SlackConfig{target};
        if (kind == "teams") return TeamsConfig{target};
        if (kind == "alertmanager") return AlertmanagerConfig{.target = target};
        if (kind == "pagerduty") {
            return PagerdutyConfig{.target = target, .routing_key_file = folder_.file("key")};
        }
        return WebhookConfig{.target = target,
                             .secret_files = {folder_.file("secret"), folder_.file("secret2")},
                             .cloudevents = GetParam().cloudevents};
    }

    static audit::Time now() { return std::chrono::floor<audit::Duration>(std::chrono::system_clock::now()); }

    void post(const AlertSink& sink, HttpRequest request) {
        const std::string body = request.body;
        sender_.send(1, std::move(request), {});
        std::vector<HttpSender::Answer> answers;
        while (answers.empty()) answers = sender_.poll(std::chrono::seconds{30});
        const HttpAnswer& answer = answers[0].answer;
        ASSERT_EQ(sink.judge(answer).kind, Verdict::Kind::Delivered) << describe(answer) << "\n"
                                                                     << body.substr(0, 6000);
    }

    void post(const Alert& alert) {
        for (const NamedSink& named : sinks_) {
            if (!named.sink->takes(alert)) continue;
            post(*named.sink, std::get<HttpRequest>(named.sink->render({&alert, 1}, now())));
        }
    }

    test::TempDir folder_;
    test::ReceiverServer server_;
    std::vector<NamedSink> sinks_;
    HttpSender sender_;
};

TEST_P(ContractTest, TakesAnAlertThroughItsLife) {
    Alert alert = alert_of(test::secret_read(), now());
    post(alert);
    alert.finding.kind = "secret-exposed";  // PagerDuty gets a change event as well
    alert.notification += "-exposed";
    post(alert);
    Alert summary = test::summary_alert();
    summary.notification += "-summary";
    post(summary);
    alert.status = alert.finding.status = FindingStatus::Resolved;
    alert.notification += "-over";
    post(alert);
    post(test_alert("prod-eu", now()));
    post(heartbeat_alert("prod-eu", now()));
    post(alert_of(Finding{.id = "f_bare"}, now()));
    EXPECT_EQ(server_.violations(), "");
}

// Excludes the webhook: its headers sign the body, which TakesAnAlertThroughItsLife covers.
class GoldenContractTest : public ContractTest {};

TEST_P(GoldenContractTest, TakesTheGoldenPayloads) {
    const std::string kind = GetParam().kind,
                      folder = std::string(REDSHANK_SOURCE_DIR) + "/tests/golden/payloads/";
    const Alert alert = test::summary_alert();
    for (const char* state : {"", "-summary", "-resolved", "-incident", "-closed"}) {
        HttpRequest request = std::get<HttpRequest>(sinks_[0].sink->render({&alert, 1}, now()));
        std::ifstream in(folder + kind + state + ".json");
        request.body.assign(std::istreambuf_iterator<char>(in), {});
        ASSERT_FALSE(request.body.empty());
        post(*sinks_[0].sink, std::move(request));
    }
    EXPECT_EQ(server_.violations(), "");
}

TEST_P(ContractTest, TakesWhateverAnAttackerChose) {
    std::mt19937_64 random(3);
    for (int round = 0; round < 120 && !HasFatalFailure(); ++round) {
        Alert alert = test::hostile_alert(random, round);
        if (round % 2 == 0) alert.finding.kind = "secret-exposed";
        post(alert);
    }
    EXPECT_EQ(server_.violations(), "");
}

INSTANTIATE_TEST_SUITE_P(Receivers, GoldenContractTest,
                         ::testing::Values(Contract{"slack"}, Contract{"pagerduty"}, Contract{"alertmanager"},
                                           Contract{"teams"}));
INSTANTIATE_TEST_SUITE_P(Receivers, ContractTest,
                         ::testing::Values(Contract{"slack"}, Contract{"pagerduty"}, Contract{"alertmanager"},
                                           Contract{"webhook"}, Contract{"webhook", true},
                                           Contract{"teams"}));

}  // namespace
}  // namespace redshank
