#include "core/log.h"

#include <gmock/gmock.h>
#include <sys/stat.h>
#include <unistd.h>

#include <sstream>
#include <thread>
#include <vector>

namespace redshank {
namespace {

using ::testing::ElementsAre;
using ::testing::internal::CaptureStderr;
using ::testing::internal::GetCapturedStderr;

TEST(Log, HasOneForm) {
    EXPECT_EQ(log_line(LogLevel::Warning, "the disk is full", false), "redshank: the disk is full\n");
}

TEST(Log, GivesTheJournalThePriority) {
    EXPECT_EQ(log_line(LogLevel::Error, "x", true), "<3>redshank: x\n");
    EXPECT_EQ(log_line(LogLevel::Warning, "x", true), "<4>redshank: x\n");
    EXPECT_EQ(log_line(LogLevel::Notice, "x", true), "<5>redshank: x\n");
}

TEST(Log, MakesTextsFromOutsideSafe) {
    const struct {
        const char *text, *line;
    } cases[] = {
        {"a\nredshank: b", "redshank: a\\nredshank: b\n"},
        {"a\x1b[2J", "redshank: a\\u001b[2J\n"},
        {"a\u202eb", "redshank: a\\u202eb\n"},
        {"a\xff", "redshank: a\ufffd\n"},
        {"https://example.com", "redshank: https://example.com\n"},
    };
    for (const auto& [text, line] : cases) EXPECT_EQ(log_line(LogLevel::Error, text, false), line);
}

TEST(Log, CutsWhatIsTooLongForOneWrite) {
    const std::string line = log_line(LogLevel::Error, std::string(100'000, 'a'), true);
    EXPECT_LE(line.size(), 4096u);
    EXPECT_TRUE(line.ends_with(" more)\n")) << line.substr(line.size() - 40);
}

TEST(Log, KnowsTheJournalByDeviceAndInode) {
    int ends[2];
    ASSERT_EQ(::pipe(ends), 0);
    struct stat file {};
    ASSERT_EQ(::fstat(ends[1], &file), 0);
    const std::string device = std::to_string(file.st_dev), inode = std::to_string(file.st_ino);
    EXPECT_TRUE(is_journal(ends[1], (device + ":" + inode).c_str()));
    EXPECT_FALSE(is_journal(ends[1], (device + ":" + inode + "1").c_str()));
    EXPECT_FALSE(is_journal(ends[1], (device + "1:" + inode).c_str()));
    EXPECT_FALSE(is_journal(ends[1], ""));
    EXPECT_FALSE(is_journal(ends[1], nullptr));
    ::close(ends[0]);
    ::close(ends[1]);
    EXPECT_FALSE(is_journal(ends[1], (device + ":" + inode).c_str()));
}

TEST(Log, SaysEachMistakeOnALineOfItsOwn) {
    CaptureStderr();
    log_lines(LogLevel::Error, "a.toml:1:1: x\na.toml:2:1: y");
    log_error("{} of {}", 1, 2);
    EXPECT_EQ(GetCapturedStderr(), "redshank: a.toml:1:1: x\nredshank: a.toml:2:1: y\nredshank: 1 of 2\n");
}

TEST(Log, LinesOfSeveralThreadsStayWhole) {
    constexpr int kThreads = 4, kLines = 500;
    CaptureStderr();
    {
        std::vector<std::jthread> threads;
        for (int thread = 0; thread < kThreads; ++thread) {
            threads.emplace_back([thread] {
                for (int i = 0; i < kLines; ++i)
                    log_notice("{}", std::string(200, static_cast<char>('a' + thread)));
            });
        }
    }
    std::vector<int> lines(kThreads);
    std::istringstream said(GetCapturedStderr());
    for (std::string line; std::getline(said, line);) {
        ASSERT_EQ(line.size(), 210u) << line;
        const int thread = line.back() - 'a';
        ASSERT_EQ(line, "redshank: " + std::string(200, line.back()));
        ++lines[static_cast<size_t>(thread)];
    }
    EXPECT_THAT(lines, ElementsAre(kLines, kLines, kLines, kLines));
}

}  // namespace
}  // namespace redshank
