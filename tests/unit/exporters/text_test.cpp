#include "core/finding/text.h"

#include <gtest/gtest.h>

#include <random>

#include "audit/utf8.h"
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

// The first and the last of each range, and their neighbours.
TEST(Fit, ShowsEveryRangeOfHiddenCharactersFromItsFirstToItsLast) {
    const struct {
        uint32_t first, last;
    } kHidden[] = {
        {0x7f, 0x9f},     {0xad, 0xad},     {0x61c, 0x61c},     {0x115f, 0x1160}, {0x180e, 0x180e},
        {0x200b, 0x200f}, {0x2028, 0x202e}, {0x2060, 0x206f},   {0x3164, 0x3164}, {0xfeff, 0xfeff},
        {0xffa0, 0xffa0}, {0xfff9, 0xfffb}, {0xe0000, 0xe0fff},
    };
    const auto shown = [](uint32_t c) {
        std::string text;
        audit::append_utf8(text, char32_t{c});
        return std::pair(fit(text, 100) != text, fit_json('"' + text + '"') != '"' + text + '"');
    };
    for (const auto& [first, last] : kHidden) {
        EXPECT_EQ(shown(first), std::pair(true, true)) << first;
        EXPECT_EQ(shown(last), std::pair(true, true)) << last;
        EXPECT_EQ(shown(first - 1), std::pair(false, false)) << first - 1;
        EXPECT_EQ(shown(last + 1), std::pair(false, false)) << last + 1;
    }
    EXPECT_EQ(fit("\x1f", 100), "\\u001f");
    EXPECT_EQ(fit(" ", 100), " ");
    EXPECT_EQ(fit("~", 100), "~");
    EXPECT_EQ(fit("a\x7f", 100), "a\\u007f");
    EXPECT_EQ(fit("\ufffb", 100), "\\ufffb");
    EXPECT_EQ(fit("\U000e0fff", 100), "\\U000e0fff");
    EXPECT_EQ(fit_json("\"\U000e0000\U000e0fff\ufffb\""), "\"\\udb40\\udc00\\udb43\\udfff\\ufffb\"");
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
    EXPECT_EQ(fit("a<b", 100, Escape::Slack), "a&lt;b");
    EXPECT_EQ(fit("a>b", 100, Escape::Slack), "a&gt;b");
    EXPECT_EQ(fit("a&b", 100, Escape::Slack), "a&amp;b");
    EXPECT_EQ(fit("a<b", 100), "a<b");
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

// What is left out are characters, and the note needs 32 bytes.
TEST(Fit, LeavesRoomForItsNote) {
    const std::string text(200, 'a');
    EXPECT_EQ(fit(text, 31), "… (200 more)");
    EXPECT_EQ(fit(text, 32), "… (200 more)");
    EXPECT_EQ(fit(text, 33), "a… (199 more)");
    EXPECT_EQ(fit("", 32), "");
    EXPECT_EQ(fit("\u00fc\u00fc" + text, 36), "\u00fc\u00fc… (200 more)");
    EXPECT_EQ(fit("\u00fc\u00fc" + text, 35), "\u00fc… (201 more)");
    EXPECT_EQ(fit("http://" + text, 41), "http[:]//… (200 more)");
    EXPECT_EQ(fit_exact("http://" + text, 41), "http://aa… (198 more)");
    EXPECT_EQ(fit("a:/b ://c", 100), "a:/b [:]//c");
}

TEST(Text, CapitalsAreOfAsciiOnly) {
    EXPECT_EQ(upper("azAZ09`{\u00fc"), "AZAZ09`{\u00fc");
    EXPECT_EQ(capital("az"), "Az");
    EXPECT_EQ(capital("z"), "Z");
    EXPECT_EQ(capital(""), "");
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

TEST(Url, KeepsTheUnreservedCharactersAndNoOther) {
    const std::string kept = "-.0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz~";
    std::string plain;
    for (int byte = 0; byte < 256; ++byte) {
        const std::string one(1, static_cast<char>(byte)), encoded = url_encode(one);
        if (encoded == one) plain += one;
        EXPECT_TRUE(encoded == one || (encoded.size() == 3 && encoded[0] == '%')) << byte;
    }
    EXPECT_EQ(plain, kept);
}

TEST(Url, IsEncodedAndRedacted) {
    EXPECT_EQ(redact_url("http://h/a@b"), "http://h/…");
    EXPECT_EQ(redact_url("http://a@b@h#x"), "http://h/…");
    EXPECT_EQ(url_encode("a b/ü&"), "a%20b%2F%C3%BC%26");
    EXPECT_EQ(redact_url("https://hooks.slack.com/services/T0/B0/secret"), "https://hooks.slack.com/…");
    EXPECT_EQ(redact_url("https://user:pass@h:8443/x?token=1"), "https://h:8443/…");
    EXPECT_EQ(redact_url("https://h?token=1"), "https://h/…");
    EXPECT_EQ(redact_url("nonsense"), "(redacted)");
}

}  // namespace
}  // namespace redshank
