#include "daemon/sources/line_splitter.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <cstring>
#include <random>

#include "audit/event_parser.h"

namespace redshank {
namespace {

using namespace std::string_literals;
using testing::ElementsAre;
using testing::IsEmpty;

// Feeds text in pieces of `step` bytes and returns "offset:line" of everything that came out. `skips` gets
// what was passed over.
std::vector<std::string> feed(LineSplitter& splitter, std::string_view text, size_t step,
                              std::vector<SourceSkip>* skips = nullptr) {
    std::vector<std::string> out;
    for (size_t at = 0; at < text.size(); at += step) {
        const std::string_view part = text.substr(at, step);
        std::memcpy(splitter.room(part.size()), part.data(), part.size());
        splitter.add(part.size());
        std::vector<Line> lines;
        splitter.split(lines);
        if (skips) splitter.take_skips(*skips);
        for (const Line& line : lines)
            out.push_back(std::to_string(line.offset) + ":" + std::string(line.text));
    }
    return out;
}

struct Case {
    const char* name;
    std::string text;
    std::vector<std::string> lines;
    uint64_t position, nuls, oversize_lines, oversize_bytes;
};

const std::vector<Case>& cases() {
    static const std::vector<Case> all{
        {"nothing", "", {}, 0, 0, 0, 0},
        {"one", "abc\n", {"0:abc"}, 4, 0, 0, 0},
        {"half", "abc", {}, 0, 0, 0, 0},
        {"one and a half", "abc\ndef", {"0:abc"}, 4, 0, 0, 0},
        {"empty line", "\na\n\n", {"0:", "1:a", "3:"}, 4, 0, 0, 0},
        {"hole in front", "\0\0\0abc\n"s, {"3:abc"}, 7, 3, 0, 0},
        {"hole at the end is not there yet", "abc\n\0\0\0"s, {"0:abc"}, 4, 0, 0, 0},
        {"hole behind a torn line", "abc\nde\0\0fgh\n"s, {"0:abc", "4:de", "8:fgh"}, 12, 2, 0, 0},
        {"torn line, then half a line", "de\0\0fg"s, {"0:de"}, 4, 2, 0, 0},
        {"NULs before a newline", "\0\0\nab\n"s, {"2:", "3:ab"}, 6, 2, 0, 0},
        {"at the limit",
         std::string(100, 'x') + "\ny\n",
         {"0:" + std::string(100, 'x'), "101:y"},
         103,
         0,
         0,
         0},
        {"over the limit", "a\n" + std::string(101, 'x') + "\ny\n", {"0:a", "104:y"}, 106, 0, 1, 101},
        {"far over the limit", std::string(5000, 'x') + "\ny\n", {"5001:y"}, 5003, 0, 1, 5000},
        {"parts of a line of a container runtime",
         "2026-01-05T10:00:00Z stdout P a\n2026-01-05T10:00:00Z stdout F b\nc\n",
         {"0:2026-01-05T10:00:00Z stdout P a\n2026-01-05T10:00:00Z stdout F b", "64:c"},
         66,
         0,
         0,
         0},
        {"a part whose end is not there yet", "x\n2026-01-05T10:00:00Z stdout P a\n", {"0:x"}, 2, 0, 0, 0},
        {"a pretty-printed object", "{\n  \"a\": 1\n}\nb\n", {"0:{\n  \"a\": 1\n}", "13:b"}, 15, 0, 0, 0},
        {"a brace, then a line", "{\nabc\nd\n", {"0:{", "2:abc", "6:d"}, 8, 0, 0, 0},
        {"a brace, then a hole", "{\n\0\0\nd\n"s, {"0:{\n", "4:", "5:d"}, 7, 2, 0, 0},
        {"a pretty-printed object over the limit",
         "{\n  \"a\": \"" + std::string(200, 'x') + "\",\n  \"b\": {\n  }\n}\nc\n",
         {"0:{\n  \"a\": \"" + std::string(200, 'x') + "\",\n  \"b\": {\n  }\n}", "228:c"},
         230,
         0,
         1,
         0},
        {"too long and not ended", "a\n" + std::string(5000, 'x'), {"0:a"}, 2, 0, 0, 0},
        {"too long, then a hole", std::string(500, 'x') + "\0\0y\n"s, {"502:y"}, 504, 2, 1, 500},
    };
    return all;
}

TEST(LineSplitter, GivesTheSameLinesHoweverTheBytesArrive) {
    for (const Case& expected : cases()) {
        for (const size_t step : {1, 2, 3, 7, 64, 100000}) {
            LineSplitter splitter(100);
            EXPECT_EQ(feed(splitter, expected.text, step), expected.lines) << expected.name << " by " << step;
            EXPECT_EQ(splitter.position(), expected.position) << expected.name << " by " << step;
            EXPECT_EQ(splitter.end(), expected.text.size()) << expected.name;
            EXPECT_EQ(splitter.counters().nul_bytes, expected.nuls) << expected.name << " by " << step;
            EXPECT_EQ(splitter.counters().oversize_lines, expected.oversize_lines) << expected.name;
            EXPECT_EQ(splitter.counters().oversize_bytes, expected.oversize_bytes) << expected.name;
        }
    }
}

TEST(LineSplitter, SaysWhereWhatItPassesOverIs) {
    const std::string event = R"({"auditID":"a","requestObject":{"x":")" + std::string(300, 'x') + "\"}}\n";
    const std::string too_long(101, 'x');
    for (const auto& [text, expected] : std::vector<std::pair<std::string, std::vector<std::string>>>{
             {"abc\n", {}},
             {"\0\0\0abc\nd\n"s, {"nul 0+3 (0)"}},
             {"abc\nde\0\0fgh\n"s, {"nul 6+2 (0)"}},
             {"a\n\0b\0\0\0c\n"s, {"nul 2+1 (0)", "nul 4+3 (0)"}},
             {"a\n" + too_long + "\ny\n" + too_long + "\n", {"oversize 2+101 (1)", "oversize 106+101 (1)"}},
             {too_long + "\0\0\0y\n"s, {"oversize 0+101 (1)", "nul 101+3 (0)"}},
             {"\0\0"s + too_long + "\n", {"nul 0+2 (0)", "oversize 2+101 (1)"}},
             {"a\n" + event, {"oversize 2+325 (1)"}},
             {"a\n\0\0\0"s, {}},
         }) {
        for (const size_t step : {1, 3, 100000}) {
            LineSplitter splitter(100);
            std::vector<SourceSkip> skips;
            feed(splitter, text, step, &skips);
            std::vector<std::string> got;
            for (const SourceSkip& skip : skips)
                got.push_back(fmt::format("{} {}+{} ({})", skip.reason, skip.offset, skip.bytes, skip.lines));
            EXPECT_EQ(got, expected) << testing::PrintToString(text) << " by " << step;
        }
    }
}

TEST(LineSplitter, TakesWhatIsPassedOverOnce) {
    LineSplitter splitter(100);
    std::vector<SourceSkip> skips;
    feed(splitter, "\0a\n\0\0"s, 10);
    splitter.take_skips(skips);
    splitter.take_skips(skips);
    ASSERT_EQ(skips.size(), 1u);
    std::vector<Line> lines;
    splitter.finish(lines);
    splitter.take_skips(skips);
    ASSERT_EQ(skips.size(), 2u) << "the end of the stream is that of the hole";
    EXPECT_EQ(skips[1].offset, 3u);
    EXPECT_EQ(skips[1].bytes, 2u);
    EXPECT_EQ(splitter.counters().nul_bytes, 3u);
    feed(splitter, "\0a\n"s, 10);
    splitter.room(1);
    splitter.take_skips(skips);
    EXPECT_EQ(skips.size(), 2u) << "what nobody takes is not kept";
}

TEST(LineSplitter, KnowsTheBytesBeforeItsPosition) {
    for (const Case& expected : cases()) {
        for (const size_t step : {1, 3, 100000}) {
            LineSplitter splitter(100);
            feed(splitter, expected.text, step);
            const std::string_view before = splitter.before_position();
            EXPECT_LE(before.size(), 64u);
            EXPECT_EQ(before, expected.text.substr(expected.position - before.size(), before.size()))
                << expected.name << " by " << step;
            EXPECT_EQ(before.empty(), expected.position == 0) << expected.name;
        }
    }
}

TEST(LineSplitter, BeginningAgainAtThePositionGivesTheRestOnce) {
    std::mt19937 random(7);
    for (int round = 0; round < 2000; ++round) {
        std::string text;
        for (int i = 0; i < 12; ++i) {
            const size_t kind = random() % 8;
            if (kind == 0) {
                text += std::string(random() % 5, '\0');
            } else if (kind == 1) {
                text += std::string(90 + random() % 200, 'x') + "\n";
            } else {
                text += "line " + std::to_string(random() % 1000) + (random() % 6 ? "\n" : "");
            }
        }
        LineSplitter whole(100), first(100), second(100);
        const std::vector<std::string> expected = feed(whole, text, 1 + random() % 50);
        const size_t cut = random() % (text.size() + 1);
        std::vector<std::string> got = feed(first, std::string_view(text).substr(0, cut), 1 + random() % 50);
        second.reset(first.position());
        for (std::string& line :
             feed(second, std::string_view(text).substr(first.position()), 1 + random() % 50)) {
            got.push_back(std::move(line));
        }
        ASSERT_EQ(got, expected) << "cut at " << cut << " of " << testing::PrintToString(text);
    }
}

TEST(LineSplitter, NulsThatWereNotReadCountAsIfTheyWere) {
    LineSplitter splitter(100);
    EXPECT_THAT(feed(splitter, "ab\ncd", 5), ElementsAre("0:ab"));
    splitter.add_nuls(uint64_t{1} << 40);
    EXPECT_THAT(feed(splitter, "ef\n", 3),
                ElementsAre("3:cd", std::to_string((uint64_t{1} << 40) + 5) + ":ef"));
    EXPECT_EQ(splitter.counters().nul_bytes, uint64_t{1} << 40);
}

TEST(LineSplitter, LastLineWithoutNewlineCountsWhenTheStreamHasEnded) {
    LineSplitter splitter(100);
    feed(splitter, "ab\ncd", 5);
    std::vector<Line> lines;
    splitter.finish(lines);
    ASSERT_EQ(lines.size(), 1u);
    EXPECT_EQ(lines[0].text, "cd");
    EXPECT_EQ(splitter.position(), 5u);
    lines.clear();
    splitter.finish(lines);
    EXPECT_THAT(lines, IsEmpty());
}

TEST(LineSplitter, OfALineOverTheLimitTheEventIsHandedOutWithoutItsBodies) {
    const std::string event = R"({"auditID":"a","requestObject":{"x":")" + std::string(300, 'x') + "\"},";
    const std::string text = "a\n" + event + "\"z\":1}\nb\n" + event + "\"z\":2\nc\n" + event +
                             R"("torn":{"kind":"Event","auditID":"b"})" + "\nd\n";
    for (const size_t step : {1, 2, 50, 100000}) {
        LineSplitter splitter(100);
        EXPECT_THAT(feed(splitter, text, step),
                    ElementsAre("0:a", R"(2:{"auditID":"a","z":1})", "349:b", "697:c",
                                R"(1046:{"kind":"Event","auditID":"b"})", "1077:d"))
            << "by " << step;
        EXPECT_EQ(splitter.counters().oversize_lines, 3u);
        EXPECT_EQ(splitter.position(), text.size());
    }
}

TEST(LineSplitter, ShortenedLinesLiveUntilTheNextRoom) {
    LineSplitter splitter(64);
    std::string text;
    for (int i = 0; i < 50; ++i) {
        text += "{\"n\":" + std::to_string(i) + R"(,"requestObject":")" + std::string(100, 'x') + "\"}\n";
    }
    std::memcpy(splitter.room(text.size()), text.data(), text.size());
    splitter.add(text.size());
    std::vector<Line> lines;
    splitter.split(lines);
    ASSERT_EQ(lines.size(), 50u);
    for (int i = 0; i < 50; ++i) {
        EXPECT_EQ(lines[static_cast<size_t>(i)].text, "{\"n\":" + std::to_string(i) + "}");
        EXPECT_EQ(lines[static_cast<size_t>(i)].part, Line::Part::WithoutBodies);
    }
}

TEST(LineSplitter, EachLineHasReadableBytesBehindIt) {
    LineSplitter splitter;
    std::memset(splitter.room(2000), 0, 2000);
    std::string text(1000, 'x');
    text += '\n';
    std::memcpy(splitter.room(text.size()), text.data(), text.size());
    splitter.add(text.size());
    std::vector<Line> lines;
    splitter.split(lines);
    ASSERT_EQ(lines.size(), 1u);
    size_t sum = 0;  // touches every byte, so that the address sanitizer checks the views
    for (size_t i = 0; i < audit::kPadding; ++i)
        sum += static_cast<size_t>(lines[0].text.data()[lines[0].text.size() + i] != 'x');
    EXPECT_EQ(sum, audit::kPadding);
}

// How often room() gives the buffer that it gave first.
size_t times_kept(LineSplitter& splitter, size_t most) {
    const char* const first = splitter.room(1);
    size_t times = 0;
    while (times < most && splitter.room(1) == first) ++times;
    return times;
}

TEST(LineSplitter, ABufferThatALongLineMadeLargeIsKeptForAWhile) {
    LineSplitter splitter;
    const std::string line = std::string(100'000, 'x') + "\n";
    EXPECT_THAT(feed(splitter, line, line.size()), testing::SizeIs(1));
    EXPECT_EQ(times_kept(splitter, 40), 40u);
    EXPECT_THAT(feed(splitter, line, line.size()), testing::SizeIs(1));
    EXPECT_EQ(times_kept(splitter, 200), 62u) << "another long line has come; the 64th piece lets it go";
    EXPECT_EQ(times_kept(splitter, 200), 200u) << "what is small is kept";
}

}  // namespace
}  // namespace redshank
