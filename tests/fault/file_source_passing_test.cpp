// Temporary trouble (a mode, a limit, a disk error, a clock) loses nothing, and a client's choices hide
// nothing.
#include <gmock/gmock.h>

#include <filesystem>

#include "tests/fault/file_source_fixture.h"

namespace redshank {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using test::Follower;
using test::LogWriter;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class FileSourcePassing : public test::FileSourceTest {
  protected:
    // A backup, named for a time after the last, that not even root can open (ELOOP).
    fs::path make_unreadable(const std::string& name) {
        const fs::path file = beside(name);
        fs::create_symlink(file, file);
        return file;
    }
    // The server rotates after the follower has read "1", and its newest backup cannot be opened.
    fs::path rotate_to_unreadable(Follower& follower, const std::string& next) {
        writer_.write("1\n");
        follower.drain();
        const fs::path locked = make_unreadable(first_);
        fs::remove(log());
        writer_.close();
        writer_.write(next);
        return locked;
    }
    static void make_readable(const fs::path& file, const std::string& text) {
        fs::remove(file);
        test::write_file(file, text);
    }
    const std::string first_ = "audit-2026-11-23T09-12-40.000.log",
                      second_ = "audit-2026-11-23T09-12-41.000.log";
};

TEST_F(FileSourcePassing, ABackupThatCannotBeOpenedIsReadOnceItCanBe) {
    Follower follower(config());
    const fs::path locked = rotate_to_unreadable(follower, "6\n");
    test::write_file(beside(second_), "4\n5\n");
    follower.drain();
    EXPECT_THAT(follower.lines(), ElementsAre("1", "4", "5", "6"));
    EXPECT_THAT(follower.notices(), ElementsAre("audit-gap/backup-unreadable"));
    make_readable(locked, "2\n3\n");
    writer_.write("7\n");
    follower.pass(1s);
    follower.drain();
    writer_.write("8\n");
    follower.drain();
    EXPECT_THAT(follower.lines(), ElementsAre("1", "4", "5", "6", "7", "2", "3", "8"));
    EXPECT_THAT(follower.notices(), ElementsAre("audit-gap/backup-unreadable"));
    follower.restart();
    follower.pass(5s);
    follower.drain();
    EXPECT_EQ(follower.lines().size(), 8u);
}

TEST_F(FileSourcePassing, NobodyTellsWhenAnOwedBackupCanBeOpened) {
    Follower follower(config());
    const fs::path locked = rotate_to_unreadable(follower, "4\n");
    const auto pass_an_hour = [&] {  // until nobody writes to files that were left
        follower.drain();
        follower.pass(3600s);
        follower.drain();
    };
    pass_an_hour();
    EXPECT_FALSE(follower.source().hears_all());
    make_readable(locked, "2\n3\n");
    follower.pass(1s);
    pass_an_hour();
    EXPECT_THAT(follower.lines(), ElementsAre("1", "4", "2", "3"));
    EXPECT_EQ(follower.source().hears_all(), can_hear_all());
}

TEST_F(FileSourcePassing, TheBackupThatIsOwedIsRememberedOverARestart) {
    Follower follower(config());
    const fs::path locked = rotate_to_unreadable(follower, "4\n");
    follower.drain();
    follower.restart();
    follower.drain();
    make_readable(locked, "2\n3\n");
    follower.pass(1s);
    follower.drain();
    EXPECT_THAT(follower.lines(), ElementsAre("1", "4", "2", "3"));
}

TEST_F(FileSourcePassing, KilledWhileAnOwedBackupIsReadItGoesOnInBoth) {
    Follower follower(config());
    const fs::path locked = rotate_to_unreadable(follower, "3\n");
    follower.drain();
    std::string much;
    for (int i = 0; i < 60'000; ++i) much += "2-" + std::to_string(i) + "\n";
    make_readable(locked, much);
    follower.pass(1s);
    follower.step();
    follower.die_after(1);
    writer_.write("4\n");
    writer_.rotate();
    writer_.write("5\n");
    follower.drain();
    EXPECT_EQ(follower.lines().size(), 60'004u);
    EXPECT_EQ(follower.lines()[60'000], "2-59998");
    EXPECT_EQ(follower.lines()[60'002], "4");
    EXPECT_EQ(follower.lines()[60'003], "5");
}

TEST_F(FileSourcePassing, AnErrorOfTheDiskIsNoEndOfTheLog) {
    fs::create_symlink("/proc/self/mem", log());  // a regular file that answers EIO
    Follower follower(config());
    follower.drain();
    EXPECT_THAT(follower.status().problem, HasSubstr("Input/output error"));
    EXPECT_FALSE(follower.status().caught_up);
    follower.pass(3600s);
    follower.drain();
    EXPECT_THAT(follower.notices(), IsEmpty());
    fs::remove(log());
    writer_.write("1\n");
    follower.drain();
    EXPECT_THAT(follower.lines(), ElementsAre("1"));
    EXPECT_TRUE(follower.status().caught_up);
    EXPECT_EQ(follower.status().problem, "");
}

TEST_F(FileSourcePassing, ABackupThatGivesErrorsHoldsUpNothing) {
    fs::create_symlink("/proc/self/mem", beside(first_));
    writer_.write("1\n");
    FileSourceConfig oldest = config();
    oldest.start = FileSourceConfig::Start::Oldest;
    Follower follower(oldest);
    for (int i = 0; i < 3; ++i) {
        follower.drain();
        follower.pass(60s);
        EXPECT_THAT(follower.lines(), ElementsAre("1"));
        EXPECT_THAT(follower.notices(), ElementsAre("audit-gap/backup-unreadable"));
    }
}

// The client chooses the audit ID and the URI; only the times after them are the server's.
TEST_F(FileSourcePassing, FilesThatBeginAlikeByAClientsChoiceAreEachRead) {
    for (const size_t uri : {1'200u, 70'000u, 1'100'000u}) {
        SCOPED_TRACE(uri);
        test::TempDir dir;
        const auto bait = [&](int time) {
            return R"({"auditID":"chosen","requestURI":"/version?)" + std::string(uri, 'a') +
                   R"(","stageTimestamp":")" + std::to_string(time) + "\"}\n";
        };
        FileSourceConfig config{.path = dir.file("audit.log"), .cluster = "c"};
        LogWriter writer{config.path};
        writer.write(bait(1));
        Follower follower(config);
        follower.drain();
        for (int i = 2; i < 6; ++i) {
            writer.rotate();
            writer.write(bait(i) + "secret " + std::to_string(i) + "\n");
        }
        follower.drain();
        EXPECT_EQ(follower.lines().size(), 9u);
        follower.restart();
        follower.drain();
        EXPECT_EQ(follower.lines().size(), 9u);
        EXPECT_THAT(follower.notices(), IsEmpty());
    }
}

TEST_F(FileSourcePassing, ABackupFromTheFutureHidesNoneThatCome) {
    test::write_file(beside("audit-2237-01-01T00-00-00.000.log"), "old\n");
    writer_.write("1\n");
    Follower follower(config());
    follower.drain();
    fs::remove(beside("audit-2237-01-01T00-00-00.000.log"));
    for (int i = 2; i < 5; ++i) {
        writer_.rotate();
        writer_.write(std::to_string(i) + "\n");
    }
    follower.restart();
    follower.drain();
    EXPECT_THAT(follower.lines(), ElementsAre("1", "2", "3", "4"));
    EXPECT_THAT(follower.notices(), IsEmpty());
}

// A name with whole seconds does the same.
TEST_F(FileSourcePassing, AClockThatIsSetBackHidesNoRotationOfADowntime) {
    const auto rotate = [&](const std::string& time, const std::string& next) {
        writer_.close();
        fs::rename(log(), beside("audit-2026-01-02T" + time + ".log"));
        writer_.write(next + "\n");
    };
    writer_.write("1\n");
    Follower follower(config());
    follower.drain();
    rotate("10-00-00.000", "2");
    follower.drain();
    rotate("09-05-00.000", "3");
    follower.restart();
    follower.drain();
    rotate("10-01-00.000", "4");
    rotate("09-06-00.000", "5");
    follower.restart();
    follower.drain();
    EXPECT_THAT(follower.lines(), ElementsAre("1", "2", "3", "4", "5"));
    // Nothing is read twice, also when more was read than heads are kept.
    for (int i = 6; i < 40; ++i) {
        rotate("10-" + std::to_string(i + 10) + "-00.000", std::to_string(i));
        if (i % 2 == 0) continue;
        if (i % 3 == 0) follower.restart();
        follower.drain();
    }
    follower.restart();
    follower.drain();
    EXPECT_EQ(follower.lines().size(), 39u);
    EXPECT_EQ(std::set<std::string>(follower.lines().begin(), follower.lines().end()).size(), 39u);
    EXPECT_THAT(follower.notices(), IsEmpty());
}

}  // namespace
}  // namespace redshank
