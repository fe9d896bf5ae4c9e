// The sinks: golden payloads, the meaning of receivers' answers, and their configuration.
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <map>
#include <random>

#include "exporters/alertmanager.h"
#include "exporters/finding_text.h"
#include "exporters/http_sender.h"
#include "exporters/incident_text.h"
#include "exporters/pagerduty.h"
#include "exporters/registry.h"
#include "exporters/slack.h"
#include "exporters/teams.h"
#include "exporters/webhook.h"
#include "tests/support/temp_dir.h"
#include "tests/support/unicode.h"
#include "tests/unit/exporters/sample_alerts.h"

namespace redshank {
namespace {

using test::secret_read;

const audit::Time kNow = test::kAlertTime;

class SinksTest : public ::testing::Test {
  protected:
    SinksTest() {
        test::write_file(folder_.file("key"), "0123456789abcdef0123456789abcdef\n");
        test::write_file(folder_.file("secret"), "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=\n");
        test::write_file(folder_.file("secret2"), "whsec_ZmVkY2JhOTg3NjU0MzIxMGZlZGNiYTk4Nw==\n");
    }
    ReceiverConfig config(std::string_view type) const {
        const Target host{.url = "http://host"};
        ReceiverConfig out{.name = "r", .type = std::string(type)};
        if (type == "pagerduty") out.own = PagerdutyConfig{.routing_key_file = folder_.file("key")};
        if (type == "webhook") out.own = WebhookConfig{.target = host};
        if (type == "slack") out.own = SlackConfig{host};
        if (type == "teams") out.own = TeamsConfig{host};
        if (type == "alertmanager") out.own = AlertmanagerConfig{.target = host};
        return out;
    }
    static HttpRequest render(const ReceiverConfig& config, const Alert& alert, size_t which = 0) {
        const auto sinks = make_sinks(config);
        return std::get<HttpRequest>(sinks.at(which).sink->render({&alert, 1}, kNow));
    }
    // Compares with tests/golden/payloads/NAME; with REDSHANK_GOLDEN=write it writes that file.
    static void expect_golden(const std::string& name, const std::string& text) {
        const std::string file = std::string(REDSHANK_SOURCE_DIR) + "/tests/golden/payloads/" + name;
        if (const char* mode = std::getenv("REDSHANK_GOLDEN"); mode && std::string(mode) == "write") {
            std::ofstream(file) << text << "\n";
        }
        std::ifstream in(file);
        const std::string want(std::istreambuf_iterator<char>(in), {});
        EXPECT_EQ(text + "\n", want) << file;
    }
    test::TempDir folder_;
};

TEST_F(SinksTest, PayloadsAreWhatTheyWere) {
    const Alert one = alert_of(secret_read(), kNow);
    Alert over = one;
    over.status = over.finding.status = FindingStatus::Resolved;
    for (const std::string type : {"slack", "pagerduty", "alertmanager", "teams", "webhook"}) {
        expect_golden(type + ".json", render(config(type), one).body);
        expect_golden(type + "-summary.json", render(config(type), test::summary_alert()).body);
        expect_golden(type + "-resolved.json", render(config(type), over).body);
        expect_golden(type + "-incident.json", render(config(type), test::incident_alert()).body);
        expect_golden(type + "-closed.json", render(config(type), test::closed_incident_alert()).body);
    }
    expect_golden("stdout.txt", finding_text(secret_read()));
    Alert exposed = one;
    exposed.finding.kind = "secret-exposed";
    expect_golden("pagerduty-change.json", render(config("pagerduty"), exposed, 1).body);
    ReceiverConfig events = config("webhook");
    std::any_cast<WebhookConfig&>(events.own).cloudevents = true;
    expect_golden("webhook-cloudevents.json", render(events, one).body);
    for (const auto& [name, format] :
         {std::pair{"ocsf", SiemFormat::Ocsf}, std::pair{"ecs", SiemFormat::Ecs}}) {
        ReceiverConfig siem = config("webhook");
        std::any_cast<WebhookConfig&>(siem.own).format = format;
        const std::string file = std::string("webhook-") + name;
        expect_golden(file + ".json", render(siem, one).body);
        expect_golden(file + "-resolved.json", render(siem, over).body);
        expect_golden(file + "-closed.json", render(siem, test::closed_incident_alert()).body);
    }
}

TEST_F(SinksTest, WebhooksAreSignedWithEveryKey) {
    ReceiverConfig signing = config("webhook");
    std::any_cast<WebhookConfig&>(signing.own).secret_files = {folder_.file("secret"),
                                                               folder_.file("secret2")};
    Alert alert = alert_of(secret_read(), kNow);
    alert.notification = "msg_1";
    const HttpRequest request = render(signing, alert);
    std::map<std::string, std::string> headers(request.headers.begin(), request.headers.end());
    EXPECT_EQ(headers["webhook-id"], "msg_1");
    EXPECT_EQ(headers["webhook-timestamp"], "1767607205");
    // printf 'msg_1.1767607205.BODY' | openssl dgst -sha256 -hmac 0123456789abcdef0123456789abcdef -binary |
    // base64
    const std::string file = folder_.file("signed");
    test::write_file(file, "msg_1.1767607205." + request.body);
    std::string expected;
    for (const char* key : {"0123456789abcdef0123456789abcdef", "fedcba9876543210fedcba987"}) {
        const std::string command =
            std::string("openssl dgst -sha256 -hmac ") + key + " -binary <" + file + " | base64";
        FILE* pipe = popen(command.c_str(), "r");
        char line[128] = {};
        ASSERT_NE(std::fgets(line, sizeof line, pipe), nullptr);
        pclose(pipe);
        expected += (expected.empty() ? "v1," : " v1,") + std::string(line, std::string(line).find('\n'));
    }
    EXPECT_EQ(headers["webhook-signature"], expected);
}

std::map<std::string, std::string> entry_of(const AlertSink& sink, const Alert& alert) {
    const auto entry = std::get<JournalEntry>(sink.render({&alert, 1}, kNow));
    return {entry.fields.begin(), entry.fields.end()};
}

TEST_F(SinksTest, TheTerminalShowsAnIncidentOnceAndThenWhatIsNew) {
    const auto sinks = make_sinks(config("stdout"));
    const auto text = [&](const Alert& alert) {
        return std::get<ConsoleText>(sinks[0].sink->render({&alert, 1}, kNow)).text(60);
    };
    Alert alert = test::incident_alert();
    alert.incident->kinds.add("secret-read-unprotected");
    EXPECT_EQ(text(alert), incident_text(*alert.incident, 60));
    EXPECT_NE(text(alert).find("    why     What was read must be taken"), std::string::npos);
    EXPECT_NE(text(alert).find("    do first 1. kubectl delete rolebinding tmp -n payments"),
              std::string::npos);
    EXPECT_EQ(text(alert).find("redshank incident"), std::string::npos);  // this is what it would show
    EXPECT_NE(text(alert).find("2 findings: secret-read-unprotected\n"), std::string::npos);
    alert.turn = IncidentTurn::Escalated;
    EXPECT_EQ(text(alert),
              "CRITICAL i_abcdef  2026-01-05 10:00:03Z  prod-eu  escalated by secret-read-unprotected\n"
              "            mallory read secret payments/db-main, which\n"
              "            everyone may read since 09:58.\n");
    alert.turn = IncidentTurn::Grew;
    alert.findings = 3;
    alert.kinds = {{"off-hours", 2}, {"unusual-access", 1}};
    EXPECT_NE(text(alert).find("with 2 more: off-hours, unusual-access\n"), std::string::npos);
    EXPECT_EQ(text(test::closed_incident_alert()),
              "CRITICAL i_abcdef  2026-01-06 10:00:03Z  prod-eu  closed after 1d: quiet for 1d\n"
              "            It was: mallory read secret payments/db-main,\n"
              "            which everyone may read since 09:58.\n");
}

TEST_F(SinksTest, TheJournalHasEachFindingWithItsIncidentAndTheEnd) {
    const auto sinks = make_sinks(config("journald"));
    Alert alert = test::incident_alert();
    alert.finding.severity = Severity::Medium;
    auto entry = entry_of(*sinks[0].sink, alert);
    EXPECT_EQ(entry["MESSAGE"], alert.finding.summary);
    // printf redshank:secret-read-unprotected | sha256sum
    EXPECT_EQ(entry["MESSAGE_ID"], "a942cb225d9369388bfe404348cae3ad");
    EXPECT_EQ(entry["PRIORITY"], "4");  // the finding's; the incident is critical
    EXPECT_EQ(entry["REDSHANK_INCIDENT"], alert.incident->id);
    EXPECT_EQ(entry["REDSHANK_INCIDENT_SEVERITY"], "critical");
    EXPECT_EQ(entry["REDSHANK_TURN"], "opened");
    EXPECT_EQ(entry["REDSHANK_WHY_IT_MATTERS"], "What was read must be taken as known to others.");
    EXPECT_EQ(entry["REDSHANK_DO_FIRST"].find("1. kubectl delete rolebinding tmp -n payments"), 0U);
    EXPECT_EQ(entry["REDSHANK_JSON"], to_json(alert.finding));
    entry = entry_of(*sinks[0].sink, test::closed_incident_alert());
    EXPECT_EQ(entry["MESSAGE"].find("Quiet for 1d. It was: mallory"), 0U);
    EXPECT_EQ(entry["PRIORITY"], "5");
    EXPECT_EQ(entry["REDSHANK_TURN"], "closed");
}

TEST_F(SinksTest, HostileTextStaysInItsLine) {  // the receivers on the network: contract_test.cpp
    std::mt19937_64 random(3);
    const auto stdout_sinks = make_sinks(config("stdout")), journald_sinks = make_sinks(config("journald"));
    for (int round = 0; round < 120; ++round) {
        const Alert alert = test::hostile_alert(random, round);
        const auto console = std::get<ConsoleText>(stdout_sinks[0].sink->render({&alert, 1}, kNow));
        const std::string text = console.text(100);
        ASSERT_TRUE(test::is_utf8(text));
        ASSERT_EQ(text.find('\033'), std::string::npos);
        const auto lines = std::count(text.begin(), text.end(), '\n');
        ASSERT_LE(lines, alert.incident ? 1000 : 6);
        const auto entry = std::get<JournalEntry>(journald_sinks[0].sink->render({&alert, 1}, kNow));
        for (const auto& [field, value] : entry.fields) ASSERT_EQ(value.find('\n'), std::string::npos);
    }
}

TEST_F(SinksTest, TellDeliveredFromWorthAnotherTryFromHopeless) {
    using Kind = Verdict::Kind;
    const struct {
        const char* type;
        int status;
        const char* body;
        Kind kind;
    } cases[] = {
        {"webhook", 200, "", Kind::Delivered},
        {"webhook", 204, "", Kind::Delivered},
        {"webhook", 299, "", Kind::Delivered},
        {"webhook", 300, "", Kind::Retry},
        {"webhook", 301, "", Kind::Retry},
        {"webhook", 400, "", Kind::Refused},
        {"webhook", 413, "", Kind::Dead},
        {"webhook", 414, "", Kind::Refused},
        {"webhook", 415, "", Kind::Refused},
        {"webhook", 422, "", Kind::Refused},
        {"webhook", 431, "", Kind::Refused},
        {"webhook", 401, "", Kind::Retry},
        {"webhook", 403, "", Kind::Retry},
        {"webhook", 404, "", Kind::Retry},
        {"webhook", 405, "", Kind::Retry},
        {"webhook", 407, "", Kind::Retry},
        {"webhook", 410, "", Kind::Retry},
        {"webhook", 408, "", Kind::Retry},
        {"webhook", 429, "", Kind::Retry},
        {"webhook", 500, "", Kind::Retry},
        {"webhook", 503, "", Kind::Retry},
        {"webhook", 0, "", Kind::Retry},
        {"slack", 200, "ok", Kind::Delivered},
        {"slack", 200, "<html>login", Kind::Retry},
        {"slack", 200, "ok\n", Kind::Delivered},
        {"slack", 200, "", Kind::Delivered},
        {"slack", 200, R"({"success":true})", Kind::Delivered},
        {"slack", 200, R"({"ok":true,"warning":"x"})", Kind::Delivered},
        {"slack", 200, R"({"ok":false})", Kind::Retry},
        {"slack", 200, R"({"success":false})", Kind::Retry},
        {"slack", 200, R"({"error":"no"})", Kind::Retry},
        {"slack", 200, "[]", Kind::Retry},
        {"slack", 200, "no_text", Kind::Retry},
        {"slack", 400, "invalid_payload", Kind::Dead},
        {"slack", 403, "action_prohibited", Kind::Retry},
        {"slack", 404, "no_service", Kind::Retry},
        {"slack", 429, "", Kind::Retry},
        {"pagerduty", 202, "{}", Kind::Delivered},
        {"pagerduty", 400, "{}", Kind::Refused},
        {"pagerduty", 429, "{}", Kind::Retry},
        {"alertmanager", 200, "", Kind::Delivered},
        {"alertmanager", 400, "", Kind::Refused},
        {"alertmanager", 422, "", Kind::Refused},
        {"teams", 202, "", Kind::Delivered},
        {"teams", 200, "1", Kind::Delivered},
        {"teams", 200,
         "Webhook message delivery failed with error: Microsoft Teams endpoint returned HTTP error 429",
         Kind::Retry},
        // What programs that accept Slack's messages say yes with.
        {"slack", 200, "OK", Kind::Delivered},
        {"slack", 200, "true", Kind::Delivered},
        {"slack", 200, "\"ok\"", Kind::Delivered},
        {"slack", 200, "\xef\xbb\xbfok", Kind::Delivered},
        {"slack", 200, R"({"ok":true,"error":null})", Kind::Delivered},
        {"slack", 200, R"({"ok":true,"error":""})", Kind::Delivered},
        {"slack", 200, R"({"errors":[]})", Kind::Delivered},
        {"slack", 200, R"({"status":"ok"})", Kind::Delivered},
        {"slack", 200, R"({"result":"success","msg":""})", Kind::Delivered},
        {"slack", 200, R"({"success":"true"})", Kind::Delivered},
        {"slack", 200, R"({"errcode":0,"errmsg":"ok"})", Kind::Delivered},
        {"slack", 200, R"({"code":0,"msg":"success"})", Kind::Delivered},
        {"slack", 200, R"({"code":200})", Kind::Delivered},
        {"slack", 200, R"({"id":"123"})", Kind::Delivered},
        // And no, with a status of success.
        {"slack", 200, "false", Kind::Retry},
        {"slack", 200, "not ok", Kind::Retry},
        {"slack", 200, R"({"ok":0})", Kind::Retry},
        {"slack", 200, R"({"ok":"false"})", Kind::Retry},
        {"slack", 200, R"({"success":"false"})", Kind::Retry},
        {"slack", 200, R"({"status":"error","message":"nope"})", Kind::Retry},
        {"slack", 200, R"({"result":"error","msg":"Invalid API key"})", Kind::Retry},
        {"slack", 200, R"({"errcode":310000,"errmsg":"keywords not in content"})", Kind::Retry},
        {"slack", 200, R"({"code":19001,"msg":"param invalid"})", Kind::Retry},
        {"slack", 200, R"({"errors":["x"]})", Kind::Retry},
        // The message's fault, or the webhook's.
        {"slack", 400, "no_text", Kind::Dead},
        {"slack", 400, "invalid_token", Kind::Refused},
        {"slack", 400, "<html>400 The plain HTTP request was sent to HTTPS port", Kind::Refused},
        {"teams", 400, R"({"error":{"code":"WorkflowTriggerIsNotEnabled"}})", Kind::Refused},
        {"teams", 200, R"({"error":{"code":"WorkflowTriggerIsNotEnabled"}})", Kind::Retry},
        {"teams", 200, "\"1\"", Kind::Delivered},
        {"teams", 200, "Summary or Text is required.", Kind::Retry},
        {"teams", 200, "<!DOCTYPE html>Sign in", Kind::Retry},
        {"pagerduty", 202, R"({"status":"success","message":"Event processed"})", Kind::Delivered},
        {"pagerduty", 202, "", Kind::Delivered},
        {"pagerduty", 202, R"({"status":"invalid event"})", Kind::Retry},
        {"pagerduty", 202, R"({"status":"invalid event","errors":["'payload.summary' is missing"]})",
         Kind::Dead},
        {"pagerduty", 200, "<html>proxy login</html>", Kind::Retry},
        {"pagerduty", 400, R"({"status":"invalid event","errors":["'payload.summary' is missing"]})",
         Kind::Dead},
        {"pagerduty", 400, R"({"status":"invalid event","errors":["Length of 'routing_key' is incorrect"]})",
         Kind::Refused},
        {"pagerduty", 400, R"({"status":"invalid event","errors":[]})", Kind::Refused},
        {"pagerduty", 400, R"({"status":"invalid key","errors":["Invalid routing key"]})", Kind::Refused},
        {"pagerduty", 400, "<html>bad gateway of a proxy</html>", Kind::Refused},
        {"alertmanager", 200, R"({"status":"success"})", Kind::Delivered},
        {"alertmanager", 200, R"({"status":"error","errorType":"bad_data"})", Kind::Retry},
        {"alertmanager", 200, "<html>login", Kind::Retry},
        {"alertmanager", 400, "Client sent an HTTP request to an HTTPS server.\n", Kind::Refused},
        {"webhook", 200, "stored as 17", Kind::Delivered},
        {"webhook", 200, R"({"id":17,"status":"new"})", Kind::Delivered},
        {"webhook", 200, "  <html><form>login</form></html>", Kind::Retry},
        {"webhook", 200, R"({"ok":false})", Kind::Retry},
        {"webhook", 200, R"({"error":"x","status":500})", Kind::Retry},
        {"webhook", 200, R"({"status":500})", Kind::Retry},
        {"webhook", 200, R"({"code":-1})", Kind::Retry},
        {"teams", 502, "", Kind::Retry},
    };
    for (const auto& expected : cases) {
        const auto sinks = make_sinks(config(expected.type));
        const HttpAnswer answer{.status = expected.status, .body = expected.body, .problem = "timeout"};
        EXPECT_EQ(sinks[0].sink->judge(answer).kind, expected.kind)
            << expected.type << " " << expected.status << " " << expected.body;
        EXPECT_EQ(sinks[0].sink->judge(answer).answered, expected.status != 0);
    }
}

TEST_F(SinksTest, OnlyReceiversThatPeopleReadAreSparedLesserFindings) {
    for (const std::string_view type : receiver_types()) {
        const bool for_people = type == "slack" || type == "teams" || type == "pagerduty" || type == "stdout";
        EXPECT_EQ(make_sinks(config(type))[0].sink->traits().for_people, for_people) << type;
    }
}

TEST(RetryAfter, HasTwoForms) {
    const audit::Time now = *audit::parse_time("2026-01-05T10:00:00Z");
    using std::chrono::seconds;
    EXPECT_EQ(parse_retry_after(" 120\r\n", now), seconds{120});
    EXPECT_EQ(parse_retry_after("Mon, 05 Jan 2026 10:01:30 GMT", now), seconds{90});
    EXPECT_EQ(parse_retry_after("Mon, 05 Jan 2026 09:00:00 GMT", now), seconds{0});
    EXPECT_EQ(parse_retry_after("99999999999999", now), std::chrono::hours{24});
    EXPECT_EQ(parse_retry_after("soon", now), std::nullopt);
    EXPECT_EQ(parse_retry_after("-5", now), std::nullopt);
}

TEST_F(SinksTest, SayWhatIsMissingInTheConfiguration) {
    test::write_file(folder_.file("empty"), "\n");
    test::write_file(folder_.file("two"), "http://a\nhttp://b\n");
    const auto problem = [&](ReceiverConfig config) {
        try {
            make_sinks(config);
            return std::string("none");
        } catch (const std::runtime_error& error) {
            return std::string(error.what());
        }
    };
    EXPECT_EQ(problem({.name = "a", .type = "slack"}), "receiver \"a\": needs url_file or url");
    EXPECT_EQ(problem({.name = "a", .type = "slack", .own = SlackConfig{{.url_file = folder_.file("two")}}}),
              "receiver \"a\": url_file " + folder_.file("two") + ": must hold one line");
    EXPECT_EQ(
        problem({.name = "a", .type = "slack", .own = SlackConfig{{.url_file = folder_.file("empty")}}}),
        "receiver \"a\": url_file " + folder_.file("empty") + ": is empty");
    EXPECT_EQ(
        problem({.name = "a", .type = "slack", .own = SlackConfig{{.url_file = folder_.path().string()}}}),
        "receiver \"a\": url_file " + folder_.path().string() + ": cannot read: Is a directory");
    EXPECT_EQ(problem({.name = "a", .type = "slack", .own = SlackConfig{{.url = "ftp://x"}}}),
              "receiver \"a\": the URL must begin with https:// or http://");
    EXPECT_EQ(problem({.name = "a", .type = "pagerduty"}), "receiver \"a\": needs routing_key_file");
    EXPECT_NE(problem({.name = "a", .type = "fax"}).find("unknown type \"fax\" (known: stdout, webhook"),
              std::string::npos);
}

}  // namespace
}  // namespace redshank
