#include "daemon/sources/replay_source.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <stdexcept>

#include "tests/support/temp_dir.h"

namespace redshank {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

struct Replayed {
    std::vector<std::string> lines;  // each as "file offset line", without the folder
    std::vector<std::string> skips;
    std::string problem;
};

class ReplaySourceTest : public testing::Test {
  protected:
    std::string put(const std::string& name, const std::string& bytes) {
        test::write_file(dir_.path() / name, bytes);
        return dir_.file(name);
    }

    Replayed replay(const std::vector<std::string>& files, size_t limit = kDefaultLineLimit) {
        Replayed all;
        const auto source = make_replay_source(files, "c", limit);
        source->start(std::nullopt);
        Batch batch;
        while (source->read(batch) != Source::Read::Ended) {
            for (const Line& line : batch.lines) {
                all.lines.push_back(std::filesystem::path(batch.file).filename().string() + " " +
                                    std::to_string(line.offset) + " " + std::string(line.text));
            }
            for (const SourceSkip& skip : batch.skips) all.skips.push_back(skip.reason);
        }
        all.problem = source->status().problem;
        return all;
    }

    test::TempDir dir_;
};

TEST_F(ReplaySourceTest, PackingIsSeenByContentNotByName) {
    const Replayed all = replay({put("a.log", "one\ntwo\n"), put("b.log", test::gzip("three\nfour\n")),
                                 put("c.gz", test::zstd("five\n")), put("d.zst", "six\n")});
    EXPECT_THAT(all.lines, ElementsAre("a.log 0 one", "a.log 4 two", "b.log 0 three", "b.log 6 four",
                                       "c.gz 0 five", "d.zst 0 six"));
    EXPECT_EQ(all.problem, "");
}

TEST_F(ReplaySourceTest, LastLineWithoutNewlineCountsAndEmptyFilesDoNot) {
    EXPECT_THAT(replay({put("a", "one"), put("b", ""), put("c", "two\nthr")}).lines,
                ElementsAre("a 0 one", "c 0 two", "c 4 thr"));
}

TEST_F(ReplaySourceTest, SeveralMembersOrFramesAreOneStream) {
    EXPECT_THAT(replay({put("a", test::gzip("one\ntw") + test::gzip("o\n") + std::string(8, '\0'))}).lines,
                ElementsAre("a 0 one", "a 4 two"));
    EXPECT_THAT(replay({put("a", test::zstd("one\ntw") + test::zstd("o\n"))}).lines,
                ElementsAre("a 0 one", "a 4 two"));
}

TEST_F(ReplaySourceTest, LongLinesArePassedOverAndTheFileGoesOn) {
    const Replayed all = replay(
        {put("a", "one\n" + std::string(3 << 20, 'x') + "\n" + std::string(9, '\0') + "two\n")}, 1 << 20);
    EXPECT_THAT(all.lines, ElementsAre("a 0 one", "a 3145742 two"));
    EXPECT_THAT(all.skips, testing::UnorderedElementsAre("nul", "oversize"));
}

TEST_F(ReplaySourceTest, DamagedFileIsReadAsFarAsItGoes) {
    std::string text;
    for (int i = 0; i < 100000; ++i) text += "line " + std::to_string((i * 7919L) % 1000003) + "\n";
    for (const std::string& whole : {test::gzip(text), test::zstd(text)}) {
        const Replayed all = replay({put("a", whole.substr(0, whole.size() / 2)), put("b", "next\n")});
        EXPECT_GT(all.lines.size(), 1000u);
        EXPECT_EQ(all.lines.back(), "b 0 next");
        EXPECT_THAT(all.skips, ElementsAre("damaged"));
        EXPECT_THAT(all.problem, HasSubstr("the compressed data breaks off"));
    }
    std::string spoiled = test::gzip(text);
    spoiled[spoiled.size() / 2] = static_cast<char>(spoiled[spoiled.size() / 2] ^ 0x55);
    EXPECT_THAT(replay({put("a", spoiled)}).problem, HasSubstr("damaged gzip data"));
}

// A line of a log, of which the name and the milliseconds after ten o'clock matter.
std::string at(int ms, const std::string& name) {
    return fmt::format(R"({{"auditID":"{}","stageTimestamp":"2026-01-05T10:{:02}:{:02}.{:03}Z"}})", name,
                       ms / 60'000, ms / 1000 % 60, ms % 1000) +
           "\n";
}

std::string names(const Replayed& all) {
    std::string out;
    for (const std::string& line : all.lines) {
        const size_t begin = line.find(R"(auditID":")");
        out += begin == line.npos ? line.substr(line.rfind(' ') + 1) : line.substr(begin + 10, 1);
    }
    return out;
}

TEST_F(ReplaySourceTest, LogsAreReadInTheOrderOfTheirFirstEvents) {
    const std::string a = put("a", at(1000, "a") + at(1500, "b")),
                      b = put("b", at(2000, "c") + at(2500, "d"));
    EXPECT_EQ(names(replay({b, a})), "abcd");
    EXPECT_EQ(names(replay({a, b})), "abcd");
    EXPECT_EQ(names(replay({put("z", test::gzip(at(3000, "e"))), b, put("y", test::zstd(at(0, "0"))), a})),
              "0abcde");
}

TEST_F(ReplaySourceTest, LogsOfSeveralServersAreReadTogetherByTime) {
    const std::string one = put("one", at(1000, "a") + at(2000, "d") + at(2100, "e") + at(5000, "i"));
    const std::string two = put("two", at(1300, "b") + at(3000, "f"));
    const std::string three = put("three", at(1400, "c") + at(4000, "g") + at(4000, "h"));
    EXPECT_EQ(names(replay({one, two, three})), "abcdefghi");
    EXPECT_EQ(names(replay({three, two, one})), "abcdefghi");
    const Replayed all = replay({two, one});
    EXPECT_THAT(all.lines[1], HasSubstr("two 0 "));
    EXPECT_THAT(all.lines[2], HasSubstr("one " + std::to_string(at(1000, "a").size()) + " "));
}

TEST_F(ReplaySourceTest, RotatedLogsOfOneServerAreNotMixedForAFewMilliseconds) {
    const std::string first = put("first", at(1000, "a") + at(2100, "b") + at(2000, "c"));
    const std::string next = put("next", at(2001, "d") + at(2090, "e") + at(3000, "f"));
    EXPECT_EQ(names(replay({next, first})), "abcdef");
    const std::string other = put("other", at(1800, "d") + at(2090, "e") + at(3000, "f"));
    EXPECT_EQ(names(replay({other, first})), "adbcef");  // by more than 100 ms: another server
}

TEST_F(ReplaySourceTest, LinesWithoutATimeStayWhereTheyAre) {
    const std::string one = put("one", "?\n" + at(1000, "a") + "!\n" + at(3000, "c"));
    const std::string two = put("two", at(2000, "b") + "$\n" + at(4000, "d"));
    const std::string none = put("none", "%\n");
    EXPECT_EQ(names(replay({two, one})), "?a!b$cd");
    EXPECT_EQ(names(replay({one, none, two})), "?a!%b$cd");
}

TEST_F(ReplaySourceTest, ATimeFarAheadHoldsNothingUp) {
    const std::string one = put("one", at(1000, "a") + at(50000, "b") + at(2000, "c") + at(4000, "e"));
    const std::string two = put("two", at(1500, "x") + at(3000, "d") + at(5000, "f"));
    EXPECT_EQ(names(replay({one, two})), "axbcdef");
}

TEST_F(ReplaySourceTest, ManyLinesOfManyLogsKeepTheirOrder) {
    std::string logs[3];
    for (int i = 0; i < 60'000; ++i) logs[(i * 7 + i / 11) % 3] += at(i, std::to_string(i % 10));
    const Replayed all = replay({put("a", logs[2]), put("b", logs[0]), put("c", logs[1])});
    ASSERT_EQ(all.lines.size(), 60'000u);
    const std::string order = names(all);
    for (size_t i = 200; i < order.size(); ++i) ASSERT_EQ(order[i], '0' + i % 10) << i;
}

TEST_F(ReplaySourceTest, FileThatCannotBeReadIsAnErrorBeforeAnythingIsRead) {
    EXPECT_THROW(make_replay_source({put("a", ""), dir_.file("missing")}, "c"), std::runtime_error);
    try {
        make_replay_source({dir_.path().string()}, "c");
        FAIL();
    } catch (const std::runtime_error& error) {
        EXPECT_THAT(error.what(), HasSubstr("it is a folder"));
    }
    EXPECT_THAT(replay({}).lines, IsEmpty());
}

}  // namespace
}  // namespace redshank
