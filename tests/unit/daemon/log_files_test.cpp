#include "daemon/sources/log_files.h"

#include <gmock/gmock.h>

#include <filesystem>

#include "daemon/sources/file_identity.h"
#include "daemon/sources/log_reader.h"
#include "tests/support/events.h"
#include "tests/support/temp_dir.h"

namespace redshank {
namespace {

using ::testing::ElementsAre;

audit::Time at(const std::string& clock) {
    return *audit::parse_time("2026-01-05T" + clock + "Z");
}

std::string line(const std::string& clock) {
    return test::EventSpec{.time = "2026-01-05T" + clock + ".000000Z"}.json() + "\n";
}

class LogFilesTest : public ::testing::Test {
  protected:
    void put(const std::string& name, const std::string& text) { test::write_file(dir_.path() / name, text); }
    std::vector<std::string> names(const std::vector<LogFile>& files) const {
        std::vector<std::string> out;
        for (const LogFile& file : files) out.push_back(std::filesystem::path(file.path).filename());
        return out;
    }
    std::vector<LogFile> list() { return files_of_log(log_, problem_); }
    LogSpan span(const std::string& name) {
        LogFile file{.path = dir_.file(name)};
        std::string reason;
        const UniqueFd fd = open_log(file, reason);
        return span_of(file, fd);
    }

    test::TempDir dir_;
    const std::string log_ = dir_.file("audit.log");
    std::string problem_;
};

TEST_F(LogFilesTest, BackupsOldestFirstThenTheLog) {
    put("audit.log", "live");
    put("audit-2026-01-05T09-00-00.000.log.gz", "b");
    put("audit-2026-01-05T08-00-00.000.log", "a");
    put("other.log", "c");
    const std::vector<LogFile> files = list();
    EXPECT_THAT(names(files), ElementsAre("audit-2026-01-05T08-00-00.000.log",
                                          "audit-2026-01-05T09-00-00.000.log.gz", "audit.log"));
    EXPECT_EQ(files[0].written, at("08:00:00"));
    EXPECT_EQ(files[2].written, std::nullopt);
    EXPECT_EQ(problem_, "");
}

TEST_F(LogFilesTest, WithoutTheLogItsBackupsAndWhy) {
    put("audit.log.1", "a");
    EXPECT_THAT(names(list()), ElementsAre("audit.log.1"));
    EXPECT_EQ(problem_, "No such file or directory");
}

TEST_F(LogFilesTest, TheLogIsTheOneThatWasListedWhateverIsRenamedMeanwhile) {
    put("audit.log", "first\n");
    std::vector<LogFile> files = list();
    std::filesystem::rename(log_, dir_.file("audit.log.1"));
    put("audit.log", "second\n");
    std::string reason;
    LogReader reader(open_log(files.at(0), reason), kDefaultLineLimit);
    std::vector<Line> lines;
    while (lines.empty() && reader.read(lines)) {
    }
    ASSERT_EQ(lines.size(), 1U);
    EXPECT_EQ(lines[0].text, "first");
}

TEST_F(LogFilesTest, ALogThatIsItsOwnBackupIsReadOnce) {
    put("audit.log.1", "a");
    std::filesystem::create_hard_link(dir_.file("audit.log.1"), log_);
    EXPECT_THAT(names(list()), ElementsAre("audit.log"));
}

TEST_F(LogFilesTest, ABackupThatWasCompressedMeanwhileIsFoundUnderItsNewName) {
    put("audit.log.1.zst", "a");
    LogFile file{.path = dir_.file("audit.log.1")};
    std::string reason;
    EXPECT_TRUE(open_log(file, reason));
    EXPECT_EQ(file.path, dir_.file("audit.log.1.zst"));
    EXPECT_EQ(reason, "");
    LogFile gone{.path = dir_.file("audit.log.2")};
    EXPECT_FALSE(open_log(gone, reason));
    EXPECT_EQ(reason, "No such file or directory");
}

TEST_F(LogFilesTest, SpanOfAPlainFileIsThatOfItsEvents) {
    put("a", line("10:00:00") + line("10:30:00") + line("11:00:00"));
    EXPECT_EQ(span("a").first, at("10:00:00"));
    EXPECT_EQ(span("a").last, at("11:00:00"));
    put("b", R"({"torn"} "stageTimestamp":"2020-01-01T00:00:00.000000Z"})"
             "\n" +
                 line("10:00:00") + "{\"torn");
    EXPECT_EQ(span("b").first, at("10:00:00"));
    EXPECT_EQ(span("b").last, at("10:00:00"));
    put("c", "no event\n");
    EXPECT_EQ(span("c").first, std::nullopt);
    EXPECT_EQ(span("c").last, std::nullopt);
    // The last megabyte begins inside of a line.
    std::string many;
    while (many.size() < 1'500'000) many += line("10:00:00");
    put("d", many + line("11:00:00"));
    EXPECT_EQ(span("d").last, at("11:00:00"));
}

TEST_F(LogFilesTest, SpanOfACompressedFileEndsWhenItWasWritten) {
    put("a.gz", test::gzip(line("10:00:00") + line("11:00:00")));
    const auto written = std::chrono::file_clock::from_sys(at("12:00:00"));
    std::filesystem::last_write_time(dir_.file("a.gz"), written);
    EXPECT_EQ(span("a.gz").first, at("10:00:00"));
    EXPECT_EQ(span("a.gz").last, at("12:00:00"));
    // Written before its first event: a clock, or somebody, is wrong.
    std::filesystem::last_write_time(dir_.file("a.gz"), std::chrono::file_clock::from_sys(at("09:59:59")));
    EXPECT_EQ(span("a.gz").last, std::nullopt);
    std::filesystem::last_write_time(dir_.file("a.gz"), std::chrono::file_clock::from_sys(at("10:00:00")));
    EXPECT_EQ(span("a.gz").last, at("10:00:00"));
}

TEST(LogSpan, HoldsWhatIsWithinTenMinutesOfIt) {
    const LogSpan span{.first = at("10:00:00"), .last = at("11:00:00")};
    EXPECT_TRUE(span.may_hold(at("11:10:00"), {}));
    EXPECT_FALSE(span.may_hold(at("11:10:01"), {}));
    EXPECT_TRUE(span.may_hold({}, at("09:50:00")));
    EXPECT_FALSE(span.may_hold({}, at("09:49:59")));
    EXPECT_TRUE(span.may_hold(at("10:20:00"), at("10:30:00")));
    EXPECT_TRUE(span.may_hold({}, {}));
    EXPECT_TRUE(LogSpan{}.may_hold(at("10:00:00"), at("10:00:00")));
}

TEST_F(LogFilesTest, AGenerationIsKnownUnderAnyName) {
    put("audit.log", line("10:00:00") + line("10:00:01"));
    put("audit-2026-01-05T09-00-00.000.log", line("09:00:00") + line("10:00:01"));
    put("audit-2026-01-05T08-00-00.000.log", std::string("\0\0\n", 3) + line("08:00:00"));
    put("audit-2026-01-05T07-00-00.000.log", line("07:00:00").substr(0, 50));
    const auto id = [](const std::string& clock) { return generation_id(line(clock)); };
    EXPECT_THAT(names(of_generations(list(), {id("10:00:00")})), ElementsAre("audit.log"));
    EXPECT_THAT(names(of_generations(list(), {id("09:00:00"), id("08:00:00"), id("10:00:01")})),
                ElementsAre("audit-2026-01-05T08-00-00.000.log", "audit-2026-01-05T09-00-00.000.log"));
    EXPECT_TRUE(of_generations(list(), {id("07:00:00"), ""}).empty());  // its first line has no end
    std::vector<LogFile> live = of_generations(list(), {id("10:00:00")});
    std::string reason;
    LogReader reader(open_log(live.at(0), reason), kDefaultLineLimit);
    std::vector<Line> lines;
    while (lines.empty() && reader.read(lines)) {
    }
    ASSERT_EQ(lines.size(), 2U);
    EXPECT_EQ(lines[0].offset, 0U);  // it is read from its beginning again
}

TEST(GenerationId, IsOfTheFirstLineWhateverFollows) {
    const std::string id = generation_id("first\nsecond");
    EXPECT_EQ(id, generation_id("first\n"));
    EXPECT_EQ(id, generation_id(std::string_view("\0\0\nfirst\n", 9)));
    EXPECT_EQ(id.size(), 16U);
    EXPECT_NE(id, generation_id("firs\n"));
    EXPECT_EQ(generation_id("first"), "");
    EXPECT_EQ(generation_id(""), "");
    EXPECT_NE(generation_id(std::string(FilePlace::kLongestHead, 'x')), "");
    EXPECT_EQ(generation_id(std::string(FilePlace::kLongestHead - 1, 'x')), "");
}

}  // namespace
}  // namespace redshank
