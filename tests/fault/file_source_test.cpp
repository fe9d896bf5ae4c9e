// Following a log: where reading begins, what counts as a line, what wakes the reader.
#include <gmock/gmock.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>

#include "tests/fault/file_source_fixture.h"

namespace redshank {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using test::Follower;
using test::LogWriter;
using test::StaleWriter;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

using FileSource = test::FileSourceTest;

TEST_F(FileSource, FileThatAppearsLaterIsReadFromItsHead) {
    Follower follower(config());
    follower.drain();
    EXPECT_FALSE(follower.status().up);
    EXPECT_THAT(follower.status().problem, HasSubstr("No such file"));
    writer_.write("1\n2\n");
    follower.drain();
    writer_.write("3\n");
    follower.drain();
    EXPECT_THAT(follower.lines(), ElementsAre("1", "2", "3"));
    EXPECT_TRUE(follower.status().up);
    EXPECT_EQ(follower.status().problem, "");
    EXPECT_THAT(follower.notices(), IsEmpty());
}

// Whether inotify tells of whatever may come: a look every two seconds is enough then.
TEST_F(FileSource, HearsAllOfALogThatIsReadAndNothingElseIsWaitedFor) {
    writer_.write("1\n");
    if (!can_hear_all()) GTEST_SKIP() << dir_.path() << " is on no file system that tells of all";

    Follower follower(config());
    EXPECT_FALSE(follower.source().hears_all()) << "nothing is read";
    follower.drain();
    EXPECT_TRUE(follower.source().hears_all());
    writer_.rotate();
    writer_.write("2\n");
    follower.drain();
    EXPECT_FALSE(follower.source().hears_all()) << "a writer may still have the old file open";
    follower.pass(3600s);
    follower.drain();
    EXPECT_TRUE(follower.source().hears_all());
    EXPECT_THAT(follower.lines(), ElementsAre("1", "2"));

    FileSourceConfig without = config();
    without.inotify = false;
    Follower deaf(without);
    deaf.drain();
    EXPECT_FALSE(deaf.source().hears_all());
}

TEST_F(FileSource, FolderThatAppearsLater) {
    LogWriter deep(beside("a") / "b" / "audit.log");
    Follower follower({.path = deep.log().string()});
    follower.drain();
    deep.write("1\n");
    follower.drain();
    EXPECT_THAT(follower.lines(), ElementsAre("1"));
}

TEST_F(FileSource, StartAtEndReadsOnlyWhatComesAndWholeLinesOfIt) {
    writer_.write("old\nhalf ");
    FileSourceConfig from_end = config();
    from_end.start = FileSourceConfig::Start::End;
    Follower follower(from_end);
    follower.drain();
    EXPECT_THAT(follower.lines(), IsEmpty());
    writer_.write("line\nnew\n");
    follower.drain();
    EXPECT_THAT(follower.lines(), ElementsAre("half line", "new"));
    follower.restart();
    writer_.write("newer\n");
    follower.drain();
    EXPECT_THAT(follower.lines(), ElementsAre("half line", "new", "newer"));
}

TEST_F(FileSource, KilledBeforeTheFirstReadItBeginsWhereItBeganThen) {
    writer_.write("old\n");
    FileSourceConfig from_end = config();
    from_end.start = FileSourceConfig::Start::End;
    Follower ended(from_end), begun(config());
    writer_.write("new\n");
    writer_.rotate();  // now a backup like those before the first start, which are not read
    writer_.write("newer\n");
    ended.restart();
    ended.drain();
    EXPECT_THAT(ended.lines(), ElementsAre("new", "newer"));
    begun.restart();
    begun.drain();
    EXPECT_THAT(begun.lines(), ElementsAre("old", "new", "newer"));
}

TEST_F(FileSource, StartAtEndOfALogThatIsNotThereYetReadsItAll) {
    FileSourceConfig from_end = config();
    from_end.start = FileSourceConfig::Start::End;
    Follower follower(from_end);
    follower.drain();
    writer_.write("1\n");
    follower.restart();
    follower.drain();
    EXPECT_THAT(follower.lines(), ElementsAre("1"));
}

TEST_F(FileSource, PollingOnlyNeedsNoInotify) {
    FileSourceConfig polling = config();
    polling.inotify = false;
    Follower follower(polling);
    EXPECT_EQ(follower.source().wake_fd(), -1);
    writer_.write("1\n");
    follower.drain();
    StaleWriter old(log());
    writer_.rotate();
    old.write("2\n");
    writer_.write("3\n");
    follower.drain();
    EXPECT_THAT(follower.lines(), ElementsAre("1", "2", "3"));
}

TEST_F(FileSource, LongLinesAreSkippedAndTheirNeighboursKept) {
    FileSourceConfig small = config();
    small.line_limit = 1000;
    Follower follower(small);
    writer_.write("before\n" + std::string(700000, 'x'));
    follower.drain();
    writer_.write(std::string(700000, 'x') + "\nafter\n");
    follower.drain();
    EXPECT_THAT(follower.lines(), ElementsAre("before", "after"));
    EXPECT_EQ(follower.skipped().at("oversize"), 1400000u);
}

TEST_F(FileSource, LongLineGivesItsEventWithoutBodies) {
    FileSourceConfig small = config();
    small.line_limit = 1000;
    Follower follower(small);
    const std::string event = R"({"auditID":"a","requestObject":")" + std::string(700000, 'x');
    writer_.write("before\n" + event);
    follower.drain();
    follower.restart();  // in the middle of it
    writer_.write(R"(","stage":"b"})"
                  "\nafter\n");
    follower.drain();
    EXPECT_THAT(follower.lines(), ElementsAre("before", R"({"auditID":"a","stage":"b"})", "after"));
    EXPECT_EQ(follower.status().oversize_lines, 1u);
    follower.restart();
    follower.drain();
    EXPECT_EQ(follower.lines().size(), 3u);
}

TEST_F(FileSource, RestartGoesOnBehindTheLastCommit) {
    writer_.write("1\n");
    Follower follower(config());
    follower.drain();
    follower.restart();
    writer_.write("2\n");
    follower.die_after(5);
    writer_.write("3\n");
    follower.drain();
    EXPECT_THAT(follower.lines(), ElementsAre("1", "2", "3"));
    EXPECT_THAT(follower.notices(), IsEmpty());
}

TEST_F(FileSource, PartialLineAcrossARestartIsCompletedOnce) {
    writer_.write("par");
    Follower follower(config());
    follower.drain();
    follower.restart();
    writer_.write("tial line\nnext");
    follower.drain();
    follower.restart();
    writer_.write(" one\n");
    follower.drain();
    EXPECT_THAT(follower.lines(), ElementsAre("partial line", "next one"));
}

TEST_F(FileSource, PositionOfAnotherVersionIsAFreshStart) {
    writer_.write("1\n");
    const auto source = make_file_source(config());
    source->start(R"({"inode": 12, "offset": 3})");
    Batch batch;
    ASSERT_EQ(source->read(batch), Source::Read::Lines);
    EXPECT_EQ(batch.lines.size(), 1u);
}

TEST_F(FileSource, OtherFilesInTheFolderAreNoneOfOurBusiness) {
    Follower follower(config());
    for (const char* name : {"audit.log.bk", "audit.log~", "audit-policy.yaml", "other.log.1", "audit-x.log",
                             "audit-2.log", "audit.log.1.swp", "xaudit.log.1"}) {
        test::write_file(beside(name), "wrong\n");
    }
    writer_.write("1\n");
    writer_.rotate();
    writer_.write("2\n");
    follower.drain();
    EXPECT_THAT(follower.lines(), ElementsAre("1", "2"));
}

TEST_F(FileSource, AgeOfTheFileDoesNotMatter) {
    writer_.write("old but there\n");
    fs::last_write_time(log(), fs::file_time_type::clock::now() - 24h * 400);
    Follower follower(config());
    follower.drain();
    follower.pass(24h * 30);
    writer_.write("and it goes on\n");
    follower.drain();
    EXPECT_THAT(follower.lines(), ElementsAre("old but there", "and it goes on"));
}

TEST_F(FileSource, BytesThatAreNoTextAreHandedOnAsTheyAre) {
    writer_.write("\x82\xb1\x82\xf1\r\n\xff\xfe\n");
    Follower follower(config());
    follower.drain();
    EXPECT_THAT(follower.lines(), ElementsAre("\x82\xb1\x82\xf1\r", "\xff\xfe"));
}

TEST_F(FileSource, PermissionRestoredLater) {
    if (::geteuid() != 0) GTEST_SKIP() << "needs root, to give up being root";
    writer_.write("1\n");
    Follower follower(config());
    fs::permissions(dir_.path(), fs::perms(0755));
    ASSERT_EQ(::seteuid(65534), 0);
    follower.drain();
    const std::string problem = follower.status().problem;
    const int restored = ::seteuid(0);
    ASSERT_EQ(restored, 0);
    EXPECT_THAT(
        problem,
        HasSubstr("Permission denied (mode 0600, owner uid 0); let the service's group read it: chgrp"));
    EXPECT_THAT(follower.lines(), IsEmpty());
    follower.drain();
    EXPECT_THAT(follower.lines(), ElementsAre("1"));
}

TEST_F(FileSource, FolderInPlaceOfTheLogIsNamed) {
    fs::create_directory(log());
    Follower follower(config());
    follower.drain();
    EXPECT_THAT(follower.status().problem, HasSubstr("no regular file"));
    fs::remove(log());
    writer_.write("1\n");
    follower.drain();
    EXPECT_THAT(follower.lines(), ElementsAre("1"));
}

bool readable(int fd) {
    fd_set set;
    FD_ZERO(&set);
    FD_SET(fd, &set);
    timeval none{};
    return ::select(fd + 1, &set, nullptr, nullptr, &none) == 1;
}

TEST_F(FileSource, InotifyWakesForWritesRotationsAndDeletedFiles) {
    Follower follower(config());
    const auto wakes = [&] {
        follower.drain();
        follower.pass(1s);
        follower.drain();  // sets watches on what exists by now
        return follower.source().wake_fd();
    };
    EXPECT_FALSE(readable(wakes()));
    writer_.write("1\n");
    EXPECT_TRUE(readable(follower.source().wake_fd()));
    EXPECT_FALSE(readable(wakes()));
    writer_.rotate();
    EXPECT_TRUE(readable(follower.source().wake_fd()));
    EXPECT_FALSE(readable(wakes()));
    writer_.write("2\n");
    follower.drain();
    writer_.remove();
    EXPECT_FALSE(readable(wakes()));
    writer_.write("3\n");
    EXPECT_TRUE(readable(follower.source().wake_fd()));
}

TEST_F(FileSource, InotifyDoesNotWakeForWhatANeighbourWrites) {
    std::ofstream neighbour(beside("syslog"));
    writer_.write("0\n");
    Follower follower(config());
    follower.drain();
    follower.pass(1s);
    follower.drain();
    neighbour << "1\n" << std::flush;
    EXPECT_FALSE(readable(follower.source().wake_fd()));
    writer_.write("1\n");
    EXPECT_TRUE(readable(follower.source().wake_fd()));
}

// Also while there is no log whose writes could be watched.
TEST_F(FileSource, InotifyWakesForALogThatIsMade) {
    Follower follower({.path = beside("later.log"), .cluster = "c"});
    follower.drain();
    follower.pass(1s);
    follower.drain();
    EXPECT_FALSE(readable(follower.source().wake_fd()));
    test::write_file(beside("later.log"), "1\n");
    EXPECT_TRUE(readable(follower.source().wake_fd()));
}

TEST_F(FileSource, InotifyWakesForAFolderThatWasMadeAnew) {
    const fs::path folder = beside("logs");
    const auto make_anew = [&](const char* old_name) {
        fs::rename(folder, beside(old_name));
        fs::create_directory(folder);
    };
    fs::create_directory(folder);
    test::write_file(folder / "audit.log", "1\n");
    Follower follower({.path = folder / "audit.log", .cluster = "c"});
    follower.drain();
    make_anew("old");
    follower.pass(9s);
    follower.drain();
    test::write_file(folder / "x", "");
    EXPECT_FALSE(readable(follower.source().wake_fd())) << "the watch is on the folder of before";
    follower.pass(1s);
    follower.drain();
    test::write_file(folder / "y", "");
    EXPECT_TRUE(readable(follower.source().wake_fd()));
    // With a log in it, at once.
    make_anew("older");
    test::write_file(folder / "audit.log", "2\n");
    follower.drain();
    EXPECT_FALSE(readable(follower.source().wake_fd()));
    test::write_file(folder / "z", "");
    EXPECT_TRUE(readable(follower.source().wake_fd()));
    EXPECT_THAT(follower.lines(), ElementsAre("1", "2"));
}

}  // namespace
}  // namespace redshank
