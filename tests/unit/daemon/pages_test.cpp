// What pages say and how: escaping, health in words, routing and headers.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "daemon/pages/charts.h"
#include "daemon/pages/event_links.h"
#include "daemon/pages/health_words.h"
#include "daemon/pages/layout.h"
#include "daemon/pages/site.h"
#include "tests/support/temp_dir.h"

namespace redshank {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using namespace std::chrono_literals;

audit::Time at(const char* text) {
    return *audit::parse_time(text);
}

std::string shown(std::string_view text) {
    return (Html() << text).str();
}

TEST(PageHtml, TextIsNeverMarkup) {
    EXPECT_EQ(shown("<script>alert('x')</script>"), "&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;");
    EXPECT_EQ(shown("a\" onclick=\"b`&amp;"), "a&quot; onclick=&quot;b&#96;&amp;amp;");
    EXPECT_EQ(shown("a\u202eb\u200bc\nd"), "a\\u202eb\\u200bc\\nd");
    EXPECT_THAT(shown(std::string(5000, 'x')), HasSubstr("… ("));
    EXPECT_LT(shown(std::string(5000, 'x')).size(), Html::kLongestText + 1);
    EXPECT_EQ((Html("<b>") << std::string("a<b") << uint64_t{7} << Html("</b>")).str(), "<b>a&lt;b7</b>");
    // Only a literal is markup: a text that is known at run time alone is no Literal.
    static_assert(!std::is_convertible_v<std::string, Html>);
    static_assert(!std::is_convertible_v<std::string_view, Html>);
    static_assert(!std::is_constructible_v<Html, std::string>);
    static_assert(!std::is_constructible_v<Html::Literal, std::string>);
}

TEST(PageHtml, UrlsAreEncodedAndStayHere) {
    Url url("/who");
    url.arg("user", "a&b=c/\"<").arg("from", "2");
    EXPECT_EQ(url.str(), "/who?user=a%26b%3Dc%2F%22%3C&from=2");
    EXPECT_EQ((Html() << url).str(), "/who?user=a%26b%3Dc%2F%22%3C&amp;from=2");
    EXPECT_EQ((Url("/incidents") / "..").str(), "/incidents/-");
    EXPECT_EQ((Url("/incidents") / ".").str(), "/incidents/-");
    EXPECT_EQ((Url("/incidents") / "//x.example").str(), "/incidents/%2F%2Fx.example");
    EXPECT_EQ(link(Url("/a"), std::string("<i>")).str(), "<a href=\"/a\">&lt;i&gt;</a>");
}

TEST(PageHtml, Moments) {
    const std::string text = moment(at("2026-01-05T10:00:00.5Z"), at("2026-01-05T10:04:00.5Z")).str();
    EXPECT_THAT(text, HasSubstr("datetime=\"2026-01-05T10:00:00.500000Z\">2026-01-05 10:00:00 UTC<"));
    EXPECT_THAT(text, HasSubstr("data-at=\"1767607200500\">4 min ago<"));
    EXPECT_EQ(moment(audit::Time{}, at("2026-01-05T10:04:00Z")).str(), "never");
}

TEST(PageHtml, Queries) {
    EXPECT_EQ(url_decoded("%41+b%3c%zz%4"), "A b<%zz%4");
    const auto args = parse_query("user=a%26b&from=3&x&=y&user=c");
    EXPECT_EQ(args, (std::map<std::string, std::string>{{"user", "c"}, {"from", "3"}}));
}

TEST(PageHtml, Pagers) {
    EXPECT_EQ(pager(Url("/x"), 0, 10, 10).str(), "");
    EXPECT_THAT(pager(Url("/x"), 0, 10, 11).str(), HasSubstr("1 to 10 of 11 <a href=\"/x?from=10\">"));
    const std::string last = pager(Url("/x"), 10, 10, 11).str();
    EXPECT_THAT(last, HasSubstr("<a href=\"/x?from=0\">"));
    EXPECT_THAT(last, HasSubstr("11 to 11 of 11"));
    EXPECT_THAT(last, Not(HasSubstr("more")));
}

TEST(PageHtml, SeveritySaysItselfInWords) {
    for (const auto& [severity, word] : {std::pair{Severity::Critical, "critical"},
                                         {Severity::High, "high"},
                                         {Severity::Medium, "medium"},
                                         {Severity::Low, "low"},
                                         {Severity::Info, "info"}}) {
        EXPECT_THAT(badge(severity).str(), HasSubstr(std::string("> ") + word + "</span>"));
    }
}

TEST(PageHtml, ChartsSayWhatTheyShow) {
    const std::string chart = day_chart({{std::chrono::sys_days{std::chrono::days{20458}}, 4, 1},
                                         {std::chrono::sys_days{std::chrono::days{20459}}, 0, 0}})
                                  .str();
    EXPECT_THAT(chart, HasSubstr("aria-label=\"4 incidents in 2 days, 1 of them high or critical\""));
    EXPECT_THAT(chart, HasSubstr("<rect class=\"lesser\" x=\"4\" y=\"14\" width=\"36\" height=\"54\"/>"));
    EXPECT_THAT(chart, HasSubstr("<text class=\"value\" x=\"22\" y=\"11\">4</text>"));
    EXPECT_THAT(chart, HasSubstr("<rect class=\"grave\" x=\"4\" y=\"68\" width=\"36\" height=\"18\"/>"));
}

TEST(PageHtml, HoursAreSaidInWordsToo) {
    UsualHours hours{.days = 12};
    for (const size_t hour : {0, 8, 9, 23}) hours.working_days[hour] = true;
    const std::string chart = hours_chart(hours).str();
    EXPECT_THAT(chart, HasSubstr("<p>Working days: 00–01, 08–10, 23–24</p>"));
    EXPECT_THAT(chart, HasSubstr("<p>Weekends: never</p>"));
    EXPECT_THAT(chart, HasSubstr("on 12 days</figcaption>"));
    EXPECT_THAT(chart, HasSubstr("<rect class=\"lesser\" x=\"0\" y=\"0\" width=\"9\" height=\"10\"/>"));
    EXPECT_THAT(chart, HasSubstr("<rect class=\"track\" x=\"10\" y=\"0\""));
    EXPECT_THAT(chart, HasSubstr("<rect class=\"lesser\" x=\"230\" y=\"0\""));
}

TEST(PageHtml, SpansAreDrawnWithinTheirTime) {
    const std::string chart =
        span_chart({{"open one", at("2026-01-05T09:00:00Z"), std::nullopt},
                    {"a moment", at("2026-01-05T10:00:00Z"), at("2026-01-05T10:00:00Z")},
                    {"half", at("2026-01-05T09:00:00Z"), at("2026-01-05T09:30:00Z")}},
                   at("2026-01-05T10:00:00Z"))
            .str();
    EXPECT_THAT(
        chart,
        HasSubstr("3 exposures from 2026-01-05 09:00:00 UTC to 2026-01-05 10:00:00 UTC, 1 still open"));
    EXPECT_THAT(chart, HasSubstr("<p>open one</p>"));
    EXPECT_THAT(chart, HasSubstr("<rect class=\"grave\" x=\"0\" y=\"0\" width=\"1000\" height=\"10\"/>"));
    EXPECT_THAT(chart, HasSubstr("<rect class=\"lesser\" x=\"996\" y=\"0\" width=\"4\" height=\"10\"/>"));
    EXPECT_THAT(chart, HasSubstr("<rect class=\"lesser\" x=\"0\" y=\"0\" width=\"500\" height=\"10\"/>"));
    EXPECT_EQ(span_chart({}, at("2026-01-05T10:00:00Z")).str(), "");
}

TEST(PageHtml, EventsAreAskedForSafely) {
    EXPECT_EQ(event_url("a/b", "", "f_1").str(), "/events/a%2Fb?finding=f_1");
    EXPECT_EQ(deeds_url("a&b", "prod", at("2026-01-05T10:00:00Z"), at("2026-01-05T10:30:00Z")).str(),
              "/events?user=a%26b&cluster=prod&since=2026-01-05T10%3A00%3A00.000000Z&until=2026-01-05T10%"
              "3A30%3A00.000000Z");
    EXPECT_EQ(event_command("8c1f-Az9"), "redshank event 8c1f-Az9");
    EXPECT_EQ(event_command("-x"), "redshank event -- '-x'");
    EXPECT_EQ(event_command("a;b"), "redshank event -- 'a;b'");
    EXPECT_EQ(event_command(""), "redshank event -- ''");
}

class PageHealth : public ::testing::Test {
  protected:
    const audit::Time now_ = at("2026-01-05T10:00:00Z");
    DaemonStatus status_{.sources = {{"file:a.log", {.caught_up = true, .last_event = now_ - 3s}}},
                         .receivers = {{.name = "oncall"}}};
    std::vector<Caveat> blind_;
    HealthWords words() { return health_words(status_, blind_, now_); }
};

TEST_F(PageHealth, Well) {
    EXPECT_EQ(words().level, HealthWords::Level::Well);
    EXPECT_EQ(words().line, "redshank is well: it reads 1 source and tells 1 receiver.");
    EXPECT_TRUE(words().because.empty());
}

TEST_F(PageHealth, SilenceIsNotGreen) {
    status_.sources[0].now.last_event = now_ - 10min;
    EXPECT_EQ(words().level, HealthWords::Level::Well);
    status_.sources[0].now.last_event = now_ - 11min;
    EXPECT_EQ(words().level, HealthWords::Level::Quiet);
    EXPECT_THAT(
        words().because,
        ElementsAre("file:a.log: the last event is of 2026-01-05 09:49:00 UTC, 11 min ago. An API server "
                    "writes all the time."));
    status_.sources[0].now.last_event = {};
    EXPECT_THAT(words().because, ElementsAre("file:a.log: no event was read yet."));
    EXPECT_EQ(words().level, HealthWords::Level::Quiet);
}

TEST_F(PageHealth, BlindIsNotGreen) {
    blind_.push_back({.cluster = "prod", .text = "The log of prod does not show reads of Secrets."});
    blind_.push_back(blind_.front());
    EXPECT_EQ(words().level, HealthWords::Level::Quiet);
    EXPECT_THAT(words().blind, ElementsAre("The log of prod does not show reads of Secrets."));
    EXPECT_THAT(words().line, HasSubstr("blind in part"));
}

TEST_F(PageHealth, EachTroubleIsSaid) {
    status_.problems = {"catching up with the log"};
    SourceMetrics& source = status_.sources[0].now;
    source.lag_seconds = 61;
    source.gaps = 1;
    source.truncations = 2;
    status_.receivers[0].breaker_open = true;
    status_.receivers[0].waiting = 1;
    status_.receivers[0].dead = 2;
    status_.reload_successful = false;
    EXPECT_EQ(words().level, HealthWords::Level::Trouble);
    EXPECT_THAT(words().because,
                ElementsAre("Catching up with the log.", "file:a.log is read 61 s behind.",
                            "1 gap of file:a.log since the start: what stood there was never seen.",
                            "file:a.log was cut short 2 times since the start.",
                            "Receiver oncall cannot be reached; 1 message in the queue.",
                            "2 messages to receiver oncall were given up; redshank outbox shows them.",
                            "The configuration was changed and could not be used; the old one is in force."));
    status_ = {.sources = {{"file:a.log", {.last_event = now_}}}};
    EXPECT_THAT(words().because, ElementsAre("Nobody is told: no receiver is configured."));
    status_.receivers = {{.name = "oncall"}};
    status_.sources[0].now.lag_seconds = 60;
    EXPECT_EQ(words().level, HealthWords::Level::Well);
}

// A site over a store with one incident whose every text is hostile.
class PageSiteTest : public ::testing::Test {
  protected:
    static constexpr const char* kHostile = "<img src=x onerror=alert(1)>\"'\u202e";

    PageSiteTest() { Store::open(path_, Store::Mode::ReadWrite); }
    HttpReply get(const std::string& path, const std::string& query = "", bool own = true) {
        HttpQuery asked{.path = path, .query = query};
        asked.has_own_host = own;
        return site_.answer(asked);
    }
    test::TempDir dir_;
    const std::string path_ = (dir_.path() / "redshank.db").string();
    PageSite site_{{},
                   {.state_file = path_,
                    .detectors = [] { return std::make_shared<const DetectorConfig>(); },
                    .status = [] { return DaemonStatus{.problems = {kHostile}}; },
                    .now = [] { return at("2026-01-05T10:00:00Z"); }}};
};

TEST_F(PageSiteTest, Routes) {
    EXPECT_TRUE(PageSite::has("/"));
    EXPECT_TRUE(PageSite::has("/incidents/i_x"));
    EXPECT_TRUE(PageSite::has("/pages.css"));
    EXPECT_FALSE(PageSite::has("/metrics"));
    EXPECT_FALSE(PageSite::has("/incidentsx"));
    EXPECT_EQ(get("/").status, 200);
    for (const char* view :
         {"/incidents", "/who", "/events", "/secrets", "/crds", "/rules", "/policy", "/search"})
        EXPECT_EQ(get(view).status, 200) << view;
    EXPECT_EQ(get("/incidents/i_unknown").status, 404);
    EXPECT_EQ(get("/findings/f_unknown").status, 404);
    EXPECT_EQ(get("/events/a-1").status, 404);
    EXPECT_EQ(get("/pages.js").content_type, "text/javascript; charset=utf-8");
}

TEST_F(PageSiteTest, ProgramsAreAnsweredInLines) {
    EXPECT_TRUE(PageSite::has("/api/v1/incidents"));
    EXPECT_TRUE(PageSite::has("/api/v1/last-access"));
    EXPECT_FALSE(PageSite::has("/api/v1/"));
    EXPECT_EQ(get("/api/v1/incidents").status, 200);
    EXPECT_EQ(get("/api/v1/incidents").content_type, "application/x-ndjson");
    EXPECT_EQ(get("/api/v1/incidents", "min_severity=loud").status, 400);
    EXPECT_EQ(get("/api/v1/last-access").status, 400);
    EXPECT_EQ(get("/api/v1/last-access", "user=alice").status, 200);
    EXPECT_EQ(get("/api/v1/incidents", "", false).status, 403);
    std::filesystem::remove(path_);
    EXPECT_EQ(get("/api/v1/incidents").status, 503);
}

TEST_F(PageSiteTest, EveryAnswerHasTheHeaders) {
    for (const char* path : {"/", "/pages.css", "/incidents/i_unknown", "/api/v1/incidents"}) {
        std::map<std::string, std::string> headers;
        for (const auto& [name, value] : get(path).headers) headers[name] = value;
        EXPECT_THAT(headers["Content-Security-Policy"], HasSubstr("default-src 'none'"));
        EXPECT_THAT(headers["Content-Security-Policy"], HasSubstr("require-trusted-types-for 'script'"));
        EXPECT_THAT(headers["Content-Security-Policy"], Not(HasSubstr("unsafe")));
        EXPECT_EQ(headers["X-Content-Type-Options"], "nosniff");
        EXPECT_EQ(headers["Referrer-Policy"], "no-referrer");
        EXPECT_EQ(headers["Cross-Origin-Opener-Policy"], "same-origin");
        EXPECT_EQ(headers["Cross-Origin-Resource-Policy"], "same-origin");
    }
}

TEST_F(PageSiteTest, AnotherNameGetsNothing) {
    EXPECT_EQ(get("/", "", false).status, 403);
    EXPECT_THAT(get("/", "", false).body, Not(HasSubstr("incident")));
}

TEST_F(PageSiteTest, HostileTextsAreTexts) {
    const std::string body = get("/").body;
    EXPECT_THAT(body, HasSubstr("&lt;img src=x onerror=alert(1)&gt;&quot;&#39;\\u202e"));
    EXPECT_THAT(body, Not(HasSubstr("<img")));
    for (const auto& [view, name] : {std::pair{"/incidents", "user"},
                                     {"/who", "user"},
                                     {"/events", "user"},
                                     {"/secrets", "secret"},
                                     {"/crds", "group"},
                                     {"/search", "q"}}) {
        const std::string page = get(view, std::string(name) + "=%3Cb%3E%22").body;
        EXPECT_THAT(page, HasSubstr("&lt;b&gt;&quot;")) << view;
        EXPECT_THAT(page, Not(HasSubstr("<b>"))) << view;
    }
}

TEST_F(PageSiteTest, AStateThatCannotBeReadIsSaid) {
    std::filesystem::remove(path_);
    EXPECT_EQ(get("/").status, 503);
    EXPECT_THAT(get("/").body, HasSubstr("cannot be made"));
}

}  // namespace
}  // namespace redshank
