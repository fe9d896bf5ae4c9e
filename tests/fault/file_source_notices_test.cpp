// Notices about a log that nothing else reports.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <unistd.h>

#include "tests/fault/file_source_fixture.h"

namespace redshank {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using test::Follower;
using test::LogWriter;
using testing::ElementsAre;
using testing::IsEmpty;

using FileSourceNotices = test::FileSourceTest;

TEST_F(FileSourceNotices, DeletedWhileWrittenIsReadOnAndReported) {
    writer_.write("1\n");
    Follower follower(config());
    follower.drain();
    writer_.remove();
    follower.drain();
    EXPECT_THAT(follower.notices(), IsEmpty());
    writer_.write("2\n");
    follower.drain();
    writer_.write("3\n");
    follower.drain();
    EXPECT_THAT(follower.lines(), ElementsAre("1", "2", "3"));
    EXPECT_THAT(follower.notices(), ElementsAre("audit-log-tampered/deleted"));
}

TEST_F(FileSourceNotices, WhatIsNoFileLeavesNoGapWhenTheLogComes) {
    fs::create_directory(log());
    Follower follower(config());
    follower.drain();
    fs::remove(log());
    writer_.write("1\n");
    follower.drain();
    EXPECT_THAT(follower.lines(), ElementsAre("1"));
    EXPECT_THAT(follower.notices(), IsEmpty());
}

TEST_F(FileSourceNotices, TheModeOfAnEmptyLogIsRememberedAcrossARestart) {
    writer_.open();
    Follower follower(config());
    follower.drain();
    fs::permissions(log(), fs::perms(0666));
    follower.restart();
    follower.drain();
    follower.pass(3s);
    follower.drain();
    EXPECT_THAT(follower.notices(), ElementsAre("audit-log-tampered/made-writable"));
}

TEST_F(FileSourceNotices, ModeAndOwnerChangesAreReportedOnceAlsoAcrossARestart) {
    writer_.write("1\n");
    Follower follower(config());
    follower.drain();
    fs::permissions(log(), fs::perms(0640));
    follower.drain();
    follower.pass(3s);
    follower.drain();
    EXPECT_THAT(follower.notices(), ElementsAre("audit-log-tampered/mode-changed"));
    fs::permissions(log(), fs::perms(0666));
    follower.restart();
    follower.drain();
    follower.pass(3s);
    follower.drain();
    EXPECT_THAT(follower.notices(),
                ElementsAre("audit-log-tampered/mode-changed", "audit-log-tampered/made-writable"));
    follower.restart();
    follower.pass(3s);
    follower.drain();
    EXPECT_EQ(follower.notices().size(), 2u);
    writer_.rotate();  // copies the mode to the new file
    writer_.write("2\n");
    follower.drain();
    follower.pass(3s);
    follower.drain();
    EXPECT_EQ(follower.notices().size(), 2u);
}

TEST_F(FileSourceNotices, OwnerThatIsSetAMomentAfterRotationIsNormal) {
    if (::geteuid() != 0) GTEST_SKIP() << "needs root, to give files away";
    writer_.write("1\n");
    ASSERT_EQ(::chown(log().c_str(), 0, 12345), 0);
    fs::permissions(log(), fs::perms(0660));
    Follower follower(config());
    follower.drain();
    writer_.rotate();
    writer_.write("2\n");
    fs::permissions(log(), fs::perms(0640));
    follower.drain();
    ASSERT_EQ(::chown(log().c_str(), 0, 12345), 0);
    follower.pass(3s);
    follower.drain();
    EXPECT_THAT(follower.notices(), IsEmpty());
    ASSERT_EQ(::chown(log().c_str(), 12345, 12345), 0);
    follower.drain();
    follower.pass(3s);
    follower.drain();
    EXPECT_THAT(follower.notices(), ElementsAre("audit-log-tampered/owner-changed"));
}

TEST_F(FileSourceNotices, BytesRewrittenBeforeThePositionAreReportedAndNothingIsReadTwice) {
    const std::string one(600, '1'), two(600, '2'), three(600, '3'), edited(600, 'x');
    for (const bool is_down : {false, true}) {
        fs::remove(log());
        LogWriter writer(log());
        writer.write(one + "\n" + two + "\n" + three + "\n");
        Follower follower(config());
        follower.drain();
        const int fd = ::open(log().c_str(), O_WRONLY);
        ASSERT_EQ(::pwrite(fd, edited.data(), 600, 1202), 600);
        ::close(fd);
        if (is_down) follower.restart();
        writer.write("4\n");
        follower.drain();
        EXPECT_THAT(follower.lines(), ElementsAre(one, two, three, "4"));
        EXPECT_THAT(follower.notices(), ElementsAre("audit-log-tampered/rewritten"));
    }
}

TEST_F(FileSourceNotices, SilenceIsReportedWhenItIsLongerThanAnyBeforeAndResolved) {
    const std::string event = R"({"stageTimestamp":"2026-01-05T10:00:00.000000Z"})"
                              "\n";
    Follower follower(config());
    follower.pass(24h);
    follower.drain();
    EXPECT_THAT(follower.notices(), IsEmpty()) << "nothing ever came";
    writer_.write(event);
    follower.drain();
    follower.pass(9min);
    follower.drain();
    EXPECT_THAT(follower.notices(), IsEmpty());
    follower.pass(2min);
    follower.drain();
    EXPECT_THAT(follower.notices(), ElementsAre("audit-log-stalled/silent"));
    follower.pass(1min);
    follower.drain();
    writer_.write(event);
    follower.drain();
    EXPECT_THAT(follower.notices(), ElementsAre("audit-log-stalled/silent", "audit-log-stalled/silent-over"));
    follower.restart();
    follower.pass(45min);  // shorter than four times the longest silence
    writer_.write(event);
    follower.drain();
    EXPECT_EQ(follower.notices().size(), 2u);
}

TEST_F(FileSourceNotices, FileThatStandsAtItsMaximumIsReported) {
    FileSourceConfig limited = config();
    limited.max_size = 200000;
    Follower follower(limited);
    writer_.write(std::string(199000, 'x') + R"({"stageTimestamp":"2026-01-05T10:00:00.000000Z"})" + "\n");
    follower.drain();
    follower.pass(61s);
    follower.drain();
    EXPECT_THAT(follower.notices(), ElementsAre("audit-log-stalled/at-maximum"));
}

}  // namespace
}  // namespace redshank
