#include "daemon/sources/replay_source.h"

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
