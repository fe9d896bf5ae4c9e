// How often each receiver is sent to, and what its answers mean.
#include "tests/unit/exporters/limits.h"

namespace redshank {
namespace {

using std::chrono::minutes;
using test::expect_limit;
using test::Receivers;

// ---- rates and grouping

TEST(Traits, AreThoseOfEachReceiversDocuments) {
    struct Row {
        const char* type;
        size_t which;
        double per_second, burst;
        size_t batch;
        std::vector<std::string> group_by;
        int wait, interval, repeat;  // seconds
        size_t group_burst;
        bool keep_sending, each_finding;
    };
    const std::vector<std::string> incident{"incident"};
    const Row rows[] = {
        {"stdout", 0, 10'000, 10'000, 1, incident, 2, 10, 0, 1, false, false},
        {"webhook", 0, 200, 200, 1, incident, 0, 300, 14'400, 10, false, false},
        {"slack", 0, 1, 1, 1, incident, 30, 300, 14'400, 1, false, false},
        {"teams", 0, 1, 4, 1, incident, 30, 300, 14'400, 1, false, false},
        {"pagerduty", 0, 2, 10, 1, incident, 30, 300, 14'400, 1, false, false},
        {"pagerduty", 1, 2, 10, 1, {}, 0, 0, 14'400, 1, false, false},
        {"alertmanager", 0, 5, 10, 64, {"incident", "severity"}, 0, 5, 60, 1, true, false},
        {"journald", 0, 1000, 1000, 1, incident, 0, 0, 0, 1, false, true},
        {"kafka", 0, 1000, 1000, 1, incident, 0, 0, 0, 1, false, true},
    };
    const Receivers receivers;
    for (const Row& row : rows) {
        const auto sinks = receivers.sinks(row.type);
        const SinkTraits traits = sinks.at(row.which).sink->traits();
        const auto seconds = [](audit::Duration time) {
            return std::chrono::duration_cast<std::chrono::seconds>(time).count();
        };
        EXPECT_EQ(traits.per_second, row.per_second) << row.type;
        EXPECT_EQ(traits.burst, row.burst) << row.type;
        EXPECT_EQ(traits.batch, row.batch) << row.type;
        EXPECT_EQ(traits.group_by, row.group_by) << row.type;
        EXPECT_EQ(seconds(traits.group_wait), row.wait) << row.type;
        EXPECT_EQ(seconds(traits.group_interval), row.interval) << row.type;
        EXPECT_EQ(seconds(traits.repeat_interval), row.repeat) << row.type;
        EXPECT_EQ(traits.group_burst, row.group_burst) << row.type;
        EXPECT_EQ(traits.keep_sending, row.keep_sending) << row.type;
        EXPECT_EQ(traits.each_finding, row.each_finding) << row.type;
    }
}

// ---- answers

TEST(Answers, ByStatusAtTheEdgesOfEachClass) {
    using Kind = Verdict::Kind;
    const struct {
        int status;
        Kind kind;
        const char* reason;
    } kCases[] = {
        {0, Kind::Retry, "timeout"},        {199, Kind::Retry, "http-4xx"},
        {200, Kind::Delivered, ""},         {299, Kind::Delivered, ""},
        {300, Kind::Retry, "redirect"},     {399, Kind::Retry, "redirect"},
        {400, Kind::Refused, "http-4xx"},   {401, Kind::Retry, "http-4xx"},
        {412, Kind::Retry, "http-4xx"},     {413, Kind::Dead, "http-4xx"},
        {414, Kind::Refused, "http-4xx"},   {415, Kind::Refused, "http-4xx"},
        {416, Kind::Retry, "http-4xx"},     {422, Kind::Refused, "http-4xx"},
        {423, Kind::Retry, "http-4xx"},     {428, Kind::Retry, "http-4xx"},
        {429, Kind::Retry, "rate-limited"}, {430, Kind::Retry, "http-4xx"},
        {431, Kind::Refused, "http-4xx"},   {432, Kind::Retry, "http-4xx"},
        {499, Kind::Retry, "http-4xx"},     {500, Kind::Retry, "http-5xx"},
        {599, Kind::Retry, "http-5xx"},
    };
    for (const auto& [status, kind, reason] : kCases) {
        const Verdict verdict =
            judge_answer({.status = status, .body = "b", .problem = "timeout", .retry_after = minutes{3}});
        EXPECT_EQ(verdict.kind, kind) << status;
        EXPECT_EQ(verdict.reason, reason) << status;
        EXPECT_EQ(verdict.answered, status != 0) << status;
        // A message that is refused for good waits for nothing.
        EXPECT_EQ(verdict.not_before.has_value(), kind == Kind::Retry) << status;
    }
}

TEST(Answers, APauseThatTheReceiverDoesNotNameIsItsDocuments) {
    const Receivers receivers;
    const struct {
        const char* type;
        int status;
        std::optional<audit::Duration> asked, pause;
    } kCases[] = {
        {"slack", 429, {}, std::chrono::seconds{30}},
        {"slack", 429, minutes{5}, minutes{5}},
        {"slack", 500, {}, {}},
        {"pagerduty", 429, {}, minutes{2}},
        {"pagerduty", 429, minutes{5}, minutes{5}},
        {"pagerduty", 500, {}, {}},
        {"teams", 429, {}, {}},
    };
    for (const auto& [type, status, asked, pause] : kCases) {
        const auto sinks = receivers.sinks(type);
        EXPECT_EQ(sinks[0].sink->judge({.status = status, .retry_after = asked}).not_before, pause)
            << type << " " << status;
    }
}

TEST(Answers, AreShownInTwoHundredBytes) {
    EXPECT_EQ(describe({.status = 503}), "503");
    EXPECT_EQ(describe({.status = 0, .body = "not of an answer", .problem = "dns"}), "dns");
    expect_limit("body", 200,
                 [](const std::string& text) { return describe({.status = 503, .body = text}); });
    expect_limit("detail", 200,
                 [](const std::string& text) { return describe({.problem = "dns", .detail = text}); });
    EXPECT_EQ(describe({.problem = "dns", .detail = "no such host"}), "dns: no such host");
    for (const auto& [body, kind] : {std::pair{"ok \t\r\n", Verdict::Kind::Delivered},
                                     {"ok!", Verdict::Kind::Retry},
                                     {" ok", Verdict::Kind::Delivered},
                                     {R"({"ok":"false"})", Verdict::Kind::Retry},
                                     {R"({"success":true,"ok":false})", Verdict::Kind::Retry}}) {
        const Verdict verdict = judge_answer({.status = 200, .body = body}, Words::Yes);
        EXPECT_EQ(verdict.kind, kind) << body;
        EXPECT_EQ(verdict.reason, kind == Verdict::Kind::Retry ? "answer" : "") << body;
        EXPECT_TRUE(verdict.answered) << body;
    }
}

}  // namespace
}  // namespace redshank
