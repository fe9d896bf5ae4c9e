// The log is truncated in place.
#include <fcntl.h>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <unistd.h>

#include "tests/fault/file_source_fixture.h"

namespace redshank {
namespace {

using test::Follower;
using test::LogWriter;
using testing::ElementsAre;

using FileSourceTruncation = test::FileSourceTest;

TEST_F(FileSourceTruncation, CopytruncateWithAWriterThatAppends) {
    writer_.write("1\n2\n");
    Follower follower(config());
    follower.drain();
    writer_.copytruncate();
    writer_.write("3\n");
    follower.drain();
    EXPECT_THAT(follower.lines(), ElementsAre("1", "2", "3"));
    EXPECT_THAT(follower.notices(), ElementsAre("audit-log-tampered/truncated"));
    EXPECT_EQ(follower.status().truncations, 1u);
}

TEST_F(FileSourceTruncation, CopytruncateWithAStaleWriterLeavesAHole) {
    Follower follower(config());
    writer_.write("0\n");
    writer_.rotate();  // from here on without O_APPEND
    writer_.write("1\n2\n");
    follower.drain();
    writer_.copytruncate();
    writer_.write("3\n");
    follower.drain();
    EXPECT_THAT(follower.lines(), ElementsAre("0", "1", "2", "3"));
    EXPECT_THAT(follower.notices(), ElementsAre("audit-log-tampered/truncated"));
    EXPECT_EQ(follower.skipped().at("nul"), 4u);
}

TEST_F(FileSourceTruncation, HoleOfAGigabyteCostsNothing) {
    Follower follower(config());
    writer_.write("1\n");
    follower.drain();
    const int fd = ::open(log().c_str(), O_WRONLY | O_TRUNC);
    ASSERT_EQ(::pwrite(fd, "2\n", 2, off_t{1} << 30), 2);
    ::close(fd);
    follower.drain();
    EXPECT_THAT(follower.lines(), ElementsAre("1", "2"));
    EXPECT_EQ(follower.skipped().at("nul"), uint64_t{1} << 30);
    follower.restart();
    writer_.write("3\n");
    follower.drain();
    EXPECT_THAT(follower.lines(), ElementsAre("1", "2", "3"));
}

TEST_F(FileSourceTruncation, RegrowthPastThePositionIsSeen) {
    writer_.write("1\n2\n");
    Follower follower(config());
    follower.drain();
    writer_.copytruncate();
    writer_.write("3 is longer than what was there\n4\n");
    follower.drain();
    EXPECT_THAT(follower.lines(), ElementsAre("1", "2", "3 is longer than what was there", "4"));
    EXPECT_THAT(follower.notices(), ElementsAre("audit-log-tampered/truncated"));
}

TEST_F(FileSourceTruncation, CopytruncateLosesNothingThatTheCopyHolds) {
    writer_.write("1\n");
    Follower follower(config());
    follower.drain();
    writer_.write("2\n");
    writer_.copytruncate();
    writer_.write("3\n");
    writer_.copytruncate();
    writer_.write("4\n");
    follower.drain();
    EXPECT_THAT(follower.lines(), ElementsAre("1", "2", "3", "4"));
}

TEST_F(FileSourceTruncation, CopytruncateWhileDownReadsTheCopyAndThenWhatIsNew) {
    writer_.write("1\n");
    Follower follower(config());
    follower.drain();
    writer_.write("2\n");
    writer_.copytruncate();
    writer_.write("3 longer than before\n");
    follower.restart();
    follower.drain();
    EXPECT_THAT(follower.lines(), ElementsAre("1", "2", "3 longer than before"));
    EXPECT_THAT(follower.notices(), ElementsAre("audit-log-tampered/truncated"));
}

TEST_F(FileSourceTruncation, RegrowthIsSeenAlsoWhenTheEventsEndAlikeAndAreEquallyLong) {
    const auto event = [](int n) {
        return fmt::format(
                   R"({{"stageTimestamp":"2026-01-05T10:00:{:02}.000000Z","annotations":{{"reason":"{}"}}}})",
                   n, std::string(200, 'x')) +
               "\n";
    };
    writer_.write(event(1) + event(2));
    Follower follower(config());
    follower.drain();
    writer_.copytruncate();
    writer_.write(event(3) + event(4) + event(5));
    follower.drain();
    EXPECT_EQ(follower.lines().size(), 5u);
    EXPECT_THAT(follower.notices(), ElementsAre("audit-log-tampered/truncated"));
}

TEST_F(FileSourceTruncation, TruncatedThenRenamedThenWrittenThenCompressedIsReadOnce) {
    writer_.write("1\n2\n");
    Follower follower(config());
    follower.drain();
    writer_.copytruncate();
    follower.restart();
    writer_.logrotate_rename();
    follower.restart();
    follower.drain();
    follower.restart();
    writer_.write("3\n4\n");  // still into the moved file
    writer_.close();
    writer_.write("5\n");
    LogWriter::compress(beside("audit.log.1"));
    writer_.logrotate_rename();
    follower.drain();
    EXPECT_THAT(follower.lines(), ElementsAre("1", "2", "3", "4", "5"));
}

}  // namespace
}  // namespace redshank
