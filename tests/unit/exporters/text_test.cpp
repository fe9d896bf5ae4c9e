#include "core/finding/text.h"

#include <gtest/gtest.h>

#include <random>

#include "tests/support/unicode.h"

namespace redshank {
namespace {

TEST(Fit, MakesHiddenCharactersVisible) {
    EXPECT_EQ(fit("a\nb\tc\rd", 100), "a\\nb\\tc\\u000dd");
    EXPECT_EQ(fit(std::string_view("a\0b", 3), 100), "a\\u0000b");
    EXPECT_EQ(fit("pay\u202elol", 100), "pay\\u202elol");
    EXPECT_EQ(fit("zero\u200bwidth", 100), "zero\\u200bwidth");
    EXPECT_EQ(fit("tag\U000e0041", 100), "tag\\U000e0041");
    EXPECT_EQ(fit("line\u2028end", 100), "line\\u2028end");
    EXPECT_EQ(fit("grüße 日本 🦊", 100), "grüße 日本 🦊");
}

TEST(FitJson, MeansTheSameAndHidesNothing) {
    EXPECT_EQ(fit_json("{\"a\":\"x\u202e\u009b\x7f\U000e0041\u2066\"}"),
              R"({"a":"x\u202e\u009b\u007f\udb40\udc41\u2066"})");
    EXPECT_EQ(fit_json(R"({"a":"\u001b[2J grüße 日本 🦊","b":[1,true,null]})"),
              R"({"a":"\u001b[2J grüße 日本 🦊","b":[1,true,null]})");
    EXPECT_EQ(fit_json("\"a\xff\""), "\"a\ufffd\"");
}

TEST(Fit, ReplacesBrokenUtf8) {
    EXPECT_EQ(fit("a\xff\xfe", 100), "a\ufffd\ufffd");
    EXPECT_EQ(fit("\xc0\x80", 100), "\ufffd\ufffd");            // overlong
    EXPECT_EQ(fit("\xed\xa0\x80", 100), "\ufffd\ufffd\ufffd");  // surrogate
    EXPECT_EQ(fit("\xe2\x82", 100), "\ufffd\ufffd");            // truncated
}

TEST(Fit, LeavesNothingForSlackToInterpret) {
    EXPECT_EQ(fit("<!channel> & <http://x|y>", 100, Escape::Slack),
              "&lt;!channel&gt; &amp; &lt;http[:]//x|y&gt;");
}

TEST(Fit, SaysHowMuchItLeftOut) {
    EXPECT_EQ(fit(std::string(40, 'a'), 40), std::string(40, 'a'));
    EXPECT_EQ(fit(std::string(41, 'a'), 40), "aaaaaaaa… (33 more)");
    // Neither an entity nor a character is cut in two.
    const std::string cut = fit(std::string(100, '<'), 50, Escape::Slack);
    EXPECT_EQ(cut, "&lt;&lt;&lt;&lt;… (96 more)");
}

TEST(Fit, KeepsItsLimitForAnyText) {
    std::mt19937_64 random(7);
    for (int round = 0; round < 2000; ++round) {
        const std::string text = test::random_text(random, 200);
        for (const size_t limit : {32, 64, 150, 1000}) {
            for (const Escape escape : {Escape::None, Escape::Slack}) {
                const std::string out = fit(text, limit, escape);
                ASSERT_LE(out.size(), limit);
                ASSERT_TRUE(test::is_utf8(out));
                ASSERT_EQ(out.find("://"), std::string::npos);
                ASSERT_EQ(out.find('\n'), std::string::npos);
                ASSERT_TRUE(escape == Escape::None || out.find('<') == std::string::npos);
            }
        }
    }
}

TEST(Url, IsEncodedAndRedacted) {
    EXPECT_EQ(url_encode("a b/ü&"), "a%20b%2F%C3%BC%26");
    EXPECT_EQ(redact_url("https://hooks.slack.com/services/T0/B0/secret"), "https://hooks.slack.com/…");
    EXPECT_EQ(redact_url("https://user:pass@h:8443/x?token=1"), "https://h:8443/…");
    EXPECT_EQ(redact_url("https://h?token=1"), "https://h/…");
    EXPECT_EQ(redact_url("nonsense"), "(redacted)");
}

}  // namespace
}  // namespace redshank
