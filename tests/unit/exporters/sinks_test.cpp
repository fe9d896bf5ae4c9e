// What receivers get: golden payloads, and for each the limits that its makers document, under hostile text.
#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <fstream>
#include <random>

#include "detectors/finding_json.h"
#include "exporters/alert_sink.h"
#include "exporters/finding_text.h"
#include "exporters/http_sender.h"
#include "tests/support/temp_dir.h"
#include "tests/support/unicode.h"

namespace redshank {
namespace {

namespace json = boost::json;

const audit::Time kNow = *audit::parse_time("2026-01-05T10:00:05Z");

Finding secret_read() {
    Finding out{.id = "f_abcdefghijklmnopqrstuvwxyz",
                .time = *audit::parse_time("2026-01-05T10:00:03.5Z"),
                .detector = "secret_exposure",
                .kind = "secret-read-unprotected",
                .severity = Severity::Critical,
                .title = "Secret read through a grant to everyone",
                .summary = "mallory read secret payments/db-main, which everyone may read since 09:58."};
    out.cluster = "prod-eu";
    out.has_actor = true;
    out.actor = {"mallory", "", {"dev"}, "", "203.0.113.9", "curl/8.0"};
    out.has_object = true;
    out.object = {"", "v1", "secrets", "", "payments", "db-main"};
    out.verb = "get";
    out.code = 200;
    out.grant = "RoleBinding payments/tmp → ClusterRole edit → Group system:authenticated";
    out.count = 3;
    out.first_seen = *audit::parse_time("2026-01-05T10:00:01Z");
    out.last_seen = out.time;
    out.reasons = {{"broad-grant", "the grant is to every authenticated user", ""}};
    out.mitre = {"T1552.007"};
    out.evidence = {{"0d5e", out.time, "audit.log", 1234}};
    return out;
}

class SinksTest : public ::testing::Test {
  protected:
    SinksTest() {
        test::write_file(folder_.file("key"), "0123456789abcdef0123456789abcdef\n");
        test::write_file(folder_.file("secret"), "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=\n");
        test::write_file(folder_.file("secret2"), "whsec_ZmVkY2JhOTg3NjU0MzIxMGZlZGNiYTk4NzY1NDMyMTA=\n");
    }
    ReceiverConfig config(const std::string& type) const {
        ReceiverConfig out{.name = "r", .type = type};
        if (type == "pagerduty") {
            out.routing_key_file = folder_.file("key");
        } else if (type != "stdout" && type != "journald") {
            out.url = "http://host";
        }
        return out;
    }
    static HttpRequest render(const ReceiverConfig& config, const Alert& alert, size_t which = 0) {
        const auto sinks = make_sinks(config);
        return std::get<HttpRequest>(sinks.at(which).sink->render({&alert, 1}, kNow));
    }
    // Compares with tests/golden/payloads/NAME; REDSHANK_GOLDEN=write makes it.
    static void expect_golden(const std::string& name, const std::string& text) {
        const std::string file = std::string(REDSHANK_SOURCE_DIR) + "/tests/golden/payloads/" + name;
        if (const char* mode = std::getenv("REDSHANK_GOLDEN"); mode && std::string(mode) == "write") {
            std::ofstream(file) << text << "\n";
        }
        std::ifstream in(file);
        const std::string want(std::istreambuf_iterator<char>(in), {});
        EXPECT_EQ(text + "\n", want) << file;
    }
    static Alert summary() {
        Alert alert = alert_of(secret_read(), kNow);
        alert.findings = 9000;
        alert.kinds = {{"secret-read-unprotected", 8999}, {"off-hours", 1}};
        alert.actors = {{"mallory", 9000}};
        alert.objects = {{"secrets payments/db-main", 5000}};
        alert.muted = 2;
        alert.runbook = "https://wiki/runbooks/secret-read-unprotected";
        alert.dashboard = "https://grafana/d/x?var=a&b=c";
        return alert;
    }
    test::TempDir folder_;
};

TEST_F(SinksTest, PayloadsAreWhatTheyWere) {
    const Alert one = alert_of(secret_read(), kNow);
    Alert over = one;
    over.status = over.finding.status = FindingStatus::Resolved;
    for (const std::string type : {"slack", "pagerduty", "alertmanager", "teams", "webhook"}) {
        expect_golden(type + ".json", render(config(type), one).body);
        expect_golden(type + "-summary.json", render(config(type), summary()).body);
        expect_golden(type + "-resolved.json", render(config(type), over).body);
    }
    expect_golden("stdout.txt", finding_text(secret_read()));
    Alert exposed = one;
    exposed.finding.kind = "secret-exposed";
    expect_golden("pagerduty-change.json", render(config("pagerduty"), exposed, 1).body);
    ReceiverConfig events = config("webhook");
    events.cloudevents = true;
    expect_golden("webhook-cloudevents.json", render(events, one).body);
}

TEST_F(SinksTest, WebhooksAreSignedWithEveryKey) {
    ReceiverConfig signing = config("webhook");
    signing.secret_files = {folder_.file("secret"), folder_.file("secret2")};
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
    for (const char* key : {"0123456789abcdef0123456789abcdef", "fedcba9876543210fedcba9876543210"}) {
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

// Calls back with every string in a JSON value and the key it stands under.
void each_string(const json::value& value, const std::string& key,
                 const std::function<void(const std::string&, const std::string&)>& handle) {
    if (value.is_string()) {
        handle(key, std::string(value.as_string()));
    } else if (value.is_array()) {
        for (const json::value& item : value.as_array()) each_string(item, key, handle);
    } else if (value.is_object()) {
        for (const auto& [name, item] : value.as_object()) each_string(item, std::string(name), handle);
    }
}

// https://docs.slack.dev/reference/block-kit
void check_slack(const json::object& body) {
    ASSERT_EQ(body.at("parse").as_string(), "none");
    ASSERT_EQ(body.at("link_names").as_bool(), false);
    ASSERT_FALSE(body.at("text").as_string().empty());
    size_t total = 0;
    each_string(body, "", [&](const std::string& key, const std::string& text) {
        total += text.size();
        // A link of ours is the only thing in angle brackets.
        const bool ours = text.starts_with("<https://");
        ASSERT_TRUE(ours || text.find('<') == std::string::npos) << text;
        ASSERT_TRUE(ours || key != "text" || text.find("://") == std::string::npos) << text;
    });
    ASSERT_LE(total, 13'000u);
    const json::array& blocks = body.at("attachments").at(0).at("blocks").as_array();
    ASSERT_LE(blocks.size(), 50u);
    for (const json::value& block : blocks) {
        const std::string type(block.at("type").as_string());
        if (type == "header") {
            ASSERT_EQ(block.at("text").at("type").as_string(), "plain_text");
            ASSERT_LE(block.at("text").at("text").as_string().size(), 150u);
        } else if (type == "section" && block.as_object().contains("fields")) {
            ASSERT_LE(block.at("fields").as_array().size(), 10u);
            for (const json::value& field : block.at("fields").as_array()) {
                ASSERT_EQ(field.at("type").as_string(), "plain_text");
                ASSERT_LE(field.at("text").as_string().size(), 2000u);
            }
        } else if (type == "section") {
            ASSERT_EQ(block.at("text").at("type").as_string(), "plain_text");
            ASSERT_LE(block.at("text").at("text").as_string().size(), 3000u);
            ASSERT_FALSE(block.at("text").at("text").as_string().empty());
        } else {
            ASSERT_EQ(type, "context");
            ASSERT_LE(block.at("elements").as_array().size(), 10u);
        }
    }
}

// https://developer.pagerduty.com/docs/send-alert-event
void check_pagerduty(const json::object& body, size_t size) {
    ASSERT_LE(size, 512'000u);
    ASSERT_LE(body.at("dedup_key").as_string().size(), 255u);
    ASSERT_LE(body.at("payload").at("summary").as_string().size(), 1024u);
    ASSERT_FALSE(body.at("payload").at("source").as_string().empty());
}

void check_alertmanager(const json::value& body) {
    for (const json::value& alert : body.as_array()) {
        for (const auto& [name, value] : alert.at("labels").as_object()) {
            ASSERT_LE(value.as_string().size(), 200u) << name;
        }
        ASSERT_LE(std::string(alert.at("startsAt").as_string()), std::string(alert.at("endsAt").as_string()));
        ASSERT_FALSE(alert.as_object().contains("generatorURL"));
    }
}

// https://learn.microsoft.com/en-us/microsoftteams/platform/webhooks-and-connectors
void check_teams(const json::object& body, size_t size) {
    ASSERT_LE(size, 28'000u);
    const json::value& card = body.at("attachments").at(0).at("content");
    for (const json::value& block : card.at("body").as_array()) {
        ASSERT_EQ(block.at("type").as_string(), "RichTextBlock");  // TextBlock reads Markdown
        for (const json::value& run : block.at("inlines").as_array()) {
            ASSERT_EQ(run.at("type").as_string(), "TextRun");
            ASSERT_EQ(run.at("text").as_string().find("://"), std::string::npos);
        }
    }
    ASSERT_FALSE(body.contains("entities"));  // without them <at>…</at> mentions nobody
}

TEST_F(SinksTest, HostileTextPassesNoLimitPingsNobodyAndBreaksNothing) {
    std::mt19937_64 random(3);
    const std::vector<std::string> types{"slack",   "pagerduty", "alertmanager", "teams",
                                         "webhook", "stdout",    "journald"};
    std::map<std::string, std::vector<NamedSink>> sinks;
    for (const std::string& type : types) sinks[type] = make_sinks(config(type));
    for (int round = 0; round < 120; ++round) {
        const auto text = [&] { return test::random_text(random, round % 20 == 0 ? 5'000 : 60); };
        Alert alert = summary();
        Finding& finding = alert.finding;
        finding.summary = text();
        finding.actor = {text(), text(), {text()}, text(), text(), text()};
        finding.object = {text(), text(), text(), text(), text(), text()};
        finding.verb = text();
        finding.grant = text();
        finding.cluster = text();
        finding.reasons.assign(30, {"n", text(), text()});
        finding.evidence.assign(30, {text(), kNow, text(), 1});
        alert.actors.assign(5, {text(), 3});
        alert.objects.assign(5, {text(), 3});
        for (const std::string& type : types) {
            const Message message = sinks[type].front().sink->render({&alert, 1}, kNow);
            if (const auto* console = std::get_if<ConsoleText>(&message)) {
                ASSERT_TRUE(test::is_utf8(console->text));
                ASSERT_EQ(console->text.find('\033'), std::string::npos);
                ASSERT_LE(std::count(console->text.begin(), console->text.end(), '\n'), 6);
                continue;
            }
            if (const auto* entry = std::get_if<JournalEntry>(&message)) {
                for (const auto& [field, value] : entry->fields)
                    ASSERT_EQ(value.find('\n'), std::string::npos);
                continue;
            }
            const HttpRequest& request = std::get<HttpRequest>(message);
            boost::system::error_code error;
            const json::value body = json::parse(request.body, error);
            ASSERT_FALSE(error) << type << ": " << error.message();
            ASSERT_TRUE(test::is_utf8(request.body));
            if (type == "slack") check_slack(body.as_object());
            if (type == "pagerduty") check_pagerduty(body.as_object(), request.body.size());
            if (type == "alertmanager") check_alertmanager(body);
            if (type == "teams") check_teams(body.as_object(), request.body.size());
            if (HasFatalFailure()) FAIL() << type << ": " << request.body.substr(0, 4000);
        }
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
        {"webhook", 301, "", Kind::Dead},
        {"webhook", 400, "", Kind::Dead},
        {"webhook", 401, "", Kind::Dead},
        {"webhook", 410, "", Kind::Dead},
        {"webhook", 413, "", Kind::Dead},
        {"webhook", 422, "", Kind::Dead},
        {"webhook", 408, "", Kind::Retry},
        {"webhook", 429, "", Kind::Retry},
        {"webhook", 500, "", Kind::Retry},
        {"webhook", 503, "", Kind::Retry},
        {"webhook", 0, "", Kind::Retry},
        {"slack", 200, "ok", Kind::Delivered},
        {"slack", 200, "<html>login", Kind::Retry},
        {"slack", 403, "action_prohibited", Kind::Dead},
        {"slack", 404, "no_service", Kind::Dead},
        {"slack", 429, "", Kind::Retry},
        {"pagerduty", 202, "{}", Kind::Delivered},
        {"pagerduty", 400, "{}", Kind::Dead},
        {"pagerduty", 429, "{}", Kind::Retry},
        {"alertmanager", 200, "", Kind::Delivered},
        {"alertmanager", 400, "", Kind::Dead},
        {"alertmanager", 422, "", Kind::Dead},
        {"teams", 202, "", Kind::Delivered},
        {"teams", 502, "", Kind::Retry},
    };
    for (const auto& expected : cases) {
        const auto sinks = make_sinks(config(expected.type));
        const HttpAnswer answer{.status = expected.status, .body = expected.body, .problem = "timeout"};
        EXPECT_EQ(sinks[0].sink->judge(answer).kind, expected.kind)
            << expected.type << " " << expected.status;
    }
}

TEST_F(SinksTest, OnlyReceiversThatPeopleReadAreSparedLesserFindings) {
    for (const std::string& type : receiver_types()) {
        const bool for_people = type == "slack" || type == "teams" || type == "pagerduty";
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
    EXPECT_EQ(problem({.name = "a", .type = "slack", .url_file = folder_.file("two")}),
              "receiver \"a\": url_file " + folder_.file("two") + ": must hold one line");
    EXPECT_EQ(problem({.name = "a", .type = "slack", .url_file = folder_.file("empty")}),
              "receiver \"a\": url_file " + folder_.file("empty") + ": is empty");
    EXPECT_EQ(problem({.name = "a", .type = "slack", .url = "ftp://x"}),
              "receiver \"a\": the URL must begin with https:// or http://");
    EXPECT_EQ(problem({.name = "a", .type = "pagerduty"}), "receiver \"a\": needs routing_key_file");
    EXPECT_NE(problem({.name = "a", .type = "fax"}).find("unknown type \"fax\" (known: stdout, webhook"),
              std::string::npos);
}

}  // namespace
}  // namespace redshank
