// The log is replaced by another file.
#include <gmock/gmock.h>

#include "tests/fault/file_source_fixture.h"

namespace redshank {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using test::Follower;
using test::LogWriter;
using test::StaleWriter;
using testing::ElementsAre;
using testing::IsEmpty;

using FileSourceRotation = test::FileSourceTest;

TEST_F(FileSourceRotation, RenameRotationWithWritesToBothFiles) {
    writer_.write("before\n");
    Follower follower(config());
    follower.drain();
    StaleWriter old(log());
    writer_.rotate();
    old.write("old file\n");
    writer_.write("new file\n");
    follower.drain();
    EXPECT_THAT(follower.lines(), ElementsAre("before", "old file", "new file"));
    EXPECT_EQ(follower.status().rotations, 1u);
    EXPECT_THAT(follower.notices(), IsEmpty());
}

TEST_F(FileSourceRotation, RepeatedRenameRotation) {
    Follower follower(config());
    std::vector<std::string> expected;
    for (int i = 0; i < 20; ++i) {
        writer_.write("a" + std::to_string(i) + "\n");
        if (i % 3 == 0) follower.drain();
        writer_.rotate();
        if (i % 4 == 0) follower.drain();
        expected.push_back("a" + std::to_string(i));
    }
    follower.drain();
    EXPECT_EQ(follower.lines(), expected);
    EXPECT_THAT(follower.notices(), IsEmpty());
}

TEST_F(FileSourceRotation, LateLinesOfAnOldWriterAreReadForAWhile) {
    writer_.write("before\n");
    Follower follower(config());
    follower.drain();
    StaleWriter old(log());
    writer_.rotate();
    writer_.write("new 1\n");
    follower.drain();
    old.write("late 1\n");
    follower.drain();
    follower.restart();
    old.write("late 2\nlate ");
    follower.drain();
    old.write("3\n");
    follower.drain();
    EXPECT_THAT(follower.lines(), ElementsAre("before", "new 1", "late 1", "late 2", "late 3"));
    follower.pass(61s);
    follower.drain();
    old.write("too late\n");
    follower.drain();
    EXPECT_EQ(follower.lines().back(), "late 3");
}

TEST_F(FileSourceRotation, LateLineOfAnOldWriterThatIsTooLongIsCountedOnce) {
    FileSourceConfig small = config();
    small.line_limit = 1000;
    writer_.write("before\n");
    Follower follower(small);
    follower.drain();
    StaleWriter old(log());
    writer_.rotate();
    writer_.write("new\n");
    follower.drain();
    old.write(std::string(5000, 'x') + "\n");
    follower.drain();
    old.write("late\n");
    follower.drain();
    EXPECT_THAT(follower.lines(), ElementsAre("before", "new", "late"));
    EXPECT_EQ(follower.skipped().at("oversize"), 5000u);
    EXPECT_EQ(follower.status().oversize_lines, 1u);
}

TEST_F(FileSourceRotation, SymlinkTargetRotation) {
    test::write_file(beside("one.log"), "1\n");
    test::write_file(beside("two.log"), "");
    fs::create_symlink(beside("one.log"), log());
    Follower follower(config());
    follower.drain();
    StaleWriter old(beside("one.log"));
    fs::create_symlink(beside("two.log"), beside("next"));
    fs::rename(beside("next"), log());
    old.write("old target\n");
    test::append_file(beside("two.log"), "new target\n");
    follower.drain();
    EXPECT_THAT(follower.lines(), ElementsAre("1", "old target", "new target"));
}

TEST_F(FileSourceRotation, RapidRotationOfSeveralLogsInOneFolder) {
    std::vector<std::unique_ptr<LogWriter>> writers;
    std::vector<std::unique_ptr<Follower>> followers;
    for (const char* name : {"a.log", "b.log", "a-b.log"}) {
        writers.push_back(std::make_unique<LogWriter>(beside(name)));
        followers.push_back(std::make_unique<Follower>(FileSourceConfig{.path = beside(name).string()}));
    }
    std::vector<std::vector<std::string>> expected(3);
    for (int round = 0; round < 10; ++round) {
        for (size_t i = 0; i < 3; ++i) {
            const std::string line = std::to_string(i) + ":" + std::to_string(round);
            expected[i].push_back(line);
            writers[i]->write(line + "\n");
            const fs::path backup = writers[i]->rotate();
            if (round % 2) LogWriter::compress(backup);
            if (round % 4 == 0) followers[i]->drain();
        }
    }
    for (size_t i = 0; i < 3; ++i) {
        followers[i]->drain();
        EXPECT_EQ(followers[i]->lines(), expected[i]);
        EXPECT_THAT(followers[i]->notices(), IsEmpty());
    }
}

TEST_F(FileSourceRotation, DeletedAndMadeAgainUnderTheSameName) {
    writer_.write("before\n");
    Follower follower(config());
    follower.drain();
    writer_.remove();
    writer_.close();
    follower.drain();
    writer_.write("after\n");
    follower.drain();
    EXPECT_THAT(follower.lines(), ElementsAre("before", "after"));
    EXPECT_THAT(follower.notices(), IsEmpty());
}

TEST_F(FileSourceRotation, DeletedAndMadeAgainWhileDown) {
    writer_.write("before\n");
    Follower follower(config());
    follower.drain();
    writer_.write("lost\n");
    writer_.remove();
    writer_.close();
    writer_.write("after, and longer than what was there\n");
    follower.restart();
    follower.drain();
    EXPECT_THAT(follower.lines(), ElementsAre("before", "after, and longer than what was there"));
    EXPECT_THAT(follower.notices(), ElementsAre("audit-gap/generation-lost"));
}

// Of the live file nothing was read when redshank ended, and then it was rotated.
TEST_F(FileSourceRotation, AFileOfWhichNothingWasReadIsMissedWhenItIsGone) {
    struct Case {
        const char* what;
        bool has_older, removes;
        std::vector<std::string> notices;
    };
    for (const Case& one : {Case{"it is a backup", true, false, {}},
                            Case{"all backups are gone", true, true, {"audit-gap/generation-lost"}},
                            Case{"the only backup is gone", false, true, {"audit-gap/generation-lost"}}}) {
        SCOPED_TRACE(one.what);
        test::TempDir dir;
        test::LogWriter writer{dir.path() / "audit.log"};
        writer.open();
        Follower follower({.path = (dir.path() / "audit.log").string(), .cluster = "c"});
        if (one.has_older) {
            writer.write("before\n");
            follower.drain();
            writer.rotate();
        }
        follower.drain();
        writer.write("late\n");
        writer.rotate();
        if (one.removes) {
            for (const fs::path& backup : writer.backups()) fs::remove(backup);
        }
        writer.write("after\n");
        follower.restart();
        follower.drain();
        std::vector<std::string> lines;
        if (one.has_older) lines.push_back("before");
        if (!one.removes) lines.push_back("late");
        lines.push_back("after");
        EXPECT_EQ(follower.lines(), lines);
        EXPECT_EQ(follower.notices(), one.notices);
    }
}

// A disk that is mounted late: its folder is empty, or not there, when redshank starts.
TEST_F(FileSourceRotation, WhatComesBackWithinAMinuteIsReadOnWhereItWas) {
    namespace fs = std::filesystem;
    using namespace std::chrono_literals;
    for (const bool has_folder : {true, false}) {
        for (const auto seconds : {0s, 59s, 60s}) {
            SCOPED_TRACE(testing::Message() << has_folder << " " << seconds.count());
            test::TempDir dir;
            const fs::path folder = dir.path() / "audit", aside = dir.path() / "aside";
            fs::create_directory(folder);
            test::LogWriter writer{folder / "audit.log"};
            Follower follower({.path = (folder / "audit.log").string(), .cluster = "c"});
            writer.write("1\n2\n");
            follower.drain();
            fs::rename(folder, aside);
            if (has_folder) fs::create_directory(folder);
            follower.restart();
            follower.drain();
            EXPECT_THAT(follower.status().problem, testing::HasSubstr("audit.log"));
            follower.pass(seconds);
            follower.drain();
            EXPECT_EQ(follower.notices().empty(), seconds < 60s);
            fs::remove(folder);
            fs::rename(aside, folder);
            writer.write("3\n");
            follower.pass(1s);
            follower.drain();
            if (seconds < 60s) {
                EXPECT_THAT(follower.lines(), ElementsAre("1", "2", "3"));
                EXPECT_THAT(follower.notices(), IsEmpty());
            } else {
                EXPECT_THAT(follower.notices(), ElementsAre("audit-gap/generation-lost"));
            }
        }
    }
}

// ext4 reuses the inode of a deleted file for the next one: here the same inode contains another log.
TEST_F(FileSourceRotation, ReusedInodeIsAnotherFile) {
    writer_.write("before\n");
    writer_.close();
    Follower follower(config());
    follower.drain();
    test::write_file(log(), "other\nlines\n");
    follower.restart();
    follower.drain();
    EXPECT_THAT(follower.lines(), ElementsAre("before", "other", "lines"));
}

TEST_F(FileSourceRotation, RenamedFileIsKnownAgainAfterARestart) {
    writer_.write("before\n");
    Follower follower(config());
    follower.drain();
    fs::rename(log(), beside("audit.log.1"));
    writer_.write("late\n");  // still into the moved file
    follower.restart();
    follower.drain();
    EXPECT_THAT(follower.lines(), ElementsAre("before", "late"));
    writer_.open();
    writer_.write("after\n");
    follower.drain();
    EXPECT_THAT(follower.lines(), ElementsAre("before", "late", "after"));
    EXPECT_THAT(follower.notices(), IsEmpty());
}

}  // namespace
}  // namespace redshank
