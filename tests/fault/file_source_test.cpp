// The scenarios that Fluent Bit's in_tail suite names, as far as they are about files, and those that only a
// kube-apiserver makes.
#include "daemon/sources/file_source.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>

#include "tests/fault/follower.h"
#include "tests/fault/log_writer.h"
#include "tests/support/temp_dir.h"

namespace redshank {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using test::Follower;
using test::LogWriter;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class FileSourceTest : public testing::Test {
  protected:
    FileSourceConfig config() const { return {.path = log().string(), .cluster = "c"}; }
    fs::path log() const { return dir_.path() / "audit.log"; }
    fs::path beside(const std::string& name) const { return dir_.path() / name; }

    test::TempDir dir_;
    LogWriter writer_{log()};
};

// Somebody who keeps a file open whatever becomes of its name.
class StaleWriter {
  public:
    explicit StaleWriter(const fs::path& file) : fd_(::open(file.c_str(), O_WRONLY | O_APPEND | O_CLOEXEC)) {}
    void write(const std::string& text) {
        ASSERT_EQ(::write(fd_.get(), text.data(), text.size()), static_cast<ptrdiff_t>(text.size()));
    }

  private:
    UniqueFd fd_;
};

TEST_F(FileSourceTest, FileThatAppearsLaterIsReadFromItsHead) {
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

TEST_F(FileSourceTest, FolderThatAppearsLater) {
    LogWriter deep(beside("a") / "b" / "audit.log");
    Follower follower({.path = deep.log().string()});
    follower.drain();
    deep.write("1\n");
    follower.drain();
    EXPECT_THAT(follower.lines(), ElementsAre("1"));
}

TEST_F(FileSourceTest, StartAtEndReadsOnlyWhatComesAndWholeLinesOfIt) {
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

TEST_F(FileSourceTest, StartAtEndOfALogThatIsNotThereYetReadsItAll) {
    FileSourceConfig from_end = config();
    from_end.start = FileSourceConfig::Start::End;
    Follower follower(from_end);
    follower.drain();
    writer_.write("1\n");
    follower.restart();
    follower.drain();
    EXPECT_THAT(follower.lines(), ElementsAre("1"));
}

TEST_F(FileSourceTest, BackupsFromBeforeTheFirstStartAreReadOnlyWhenAsked) {
    writer_.write("1\n");
    LogWriter::compress(writer_.rotate());
    writer_.write("2\n");
    writer_.rotate();
    writer_.write("3\n");
    Follower follower(config());
    follower.drain();
    EXPECT_THAT(follower.lines(), ElementsAre("3"));
    FileSourceConfig from_oldest = config();
    from_oldest.start = FileSourceConfig::Start::Oldest;
    Follower patient(from_oldest);
    patient.drain();
    EXPECT_THAT(patient.lines(), ElementsAre("1", "2", "3"));
}

TEST_F(FileSourceTest, RenameRotationWithWritesToBothFiles) {
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

TEST_F(FileSourceTest, RepeatedRenameRotation) {
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

TEST_F(FileSourceTest, LateLinesOfAnOldWriterAreReadForAWhile) {
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

TEST_F(FileSourceTest, CopytruncateWithAWriterThatAppends) {
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

TEST_F(FileSourceTest, CopytruncateWithAStaleWriterLeavesAHole) {
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

TEST_F(FileSourceTest, HoleOfAGigabyteCostsNothing) {
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

TEST_F(FileSourceTest, RegrowthPastThePositionIsSeen) {
    writer_.write("1\n2\n");
    Follower follower(config());
    follower.drain();
    writer_.copytruncate();
    writer_.write("3 is longer than what was there\n4\n");
    follower.drain();
    EXPECT_THAT(follower.lines(), ElementsAre("1", "2", "3 is longer than what was there", "4"));
    EXPECT_THAT(follower.notices(), ElementsAre("audit-log-tampered/truncated"));
}

TEST_F(FileSourceTest, CopytruncateLosesNothingThatTheCopyHolds) {
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

TEST_F(FileSourceTest, SymlinkTargetRotation) {
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

TEST_F(FileSourceTest, BackupsBesideTheTargetOfASymlinkAreFound) {
    LogWriter real(beside("real") / "audit.log");
    real.write("1\n");
    fs::create_symlink(real.log(), log());
    Follower follower(config());
    follower.drain();
    real.write("2\n");
    real.rotate();
    real.write("3\n");
    real.rotate();
    real.write("4\n");
    follower.restart();
    follower.drain();
    EXPECT_THAT(follower.lines(), ElementsAre("1", "2", "3", "4"));
    EXPECT_THAT(follower.notices(), IsEmpty());
}

TEST_F(FileSourceTest, PollingOnlyNeedsNoInotify) {
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

TEST_F(FileSourceTest, RenamedFileIsKnownAgainAfterARestart) {
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

TEST_F(FileSourceTest, LongLinesAreSkippedAndTheirNeighboursKept) {
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

TEST_F(FileSourceTest, DeletedAndMadeAgainUnderTheSameName) {
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

TEST_F(FileSourceTest, RestartGoesOnBehindTheLastCommit) {
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

TEST_F(FileSourceTest, CopytruncateWhileDownReadsTheCopyAndThenWhatIsNew) {
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

TEST_F(FileSourceTest, PartialLineAcrossARestartIsCompletedOnce) {
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

TEST_F(FileSourceTest, PositionOfAnotherVersionIsAFreshStart) {
    writer_.write("1\n");
    const auto source = make_file_source(config());
    source->start(R"({"inode": 12, "offset": 3})");
    Batch batch;
    ASSERT_EQ(source->read(batch), Source::Read::Lines);
    EXPECT_EQ(batch.lines.size(), 1u);
}

TEST_F(FileSourceTest, RapidRotationOfSeveralLogsInOneFolder) {
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

TEST_F(FileSourceTest, StaticCompressedFile) {
    test::write_file(log(), test::gzip("1\n2\n"));
    Follower follower(config());
    follower.drain();
    follower.restart();
    follower.drain();
    EXPECT_THAT(follower.lines(), ElementsAre("1", "2"));
}

TEST_F(FileSourceTest, OtherFilesInTheFolderAreNoneOfOurBusiness) {
    Follower follower(config());
    for (const char* name : {"audit.log.bak", "audit.log~", "audit-policy.yaml", "other.log.1", "audit-x.log",
                             "audit-2026-11-23.log", "audit.log.1.swp", "xaudit.log.1"}) {
        test::write_file(beside(name), "wrong\n");
    }
    writer_.write("1\n");
    writer_.rotate();
    writer_.write("2\n");
    follower.drain();
    EXPECT_THAT(follower.lines(), ElementsAre("1", "2"));
}

TEST_F(FileSourceTest, AgeOfTheFileDoesNotMatter) {
    writer_.write("old but there\n");
    fs::last_write_time(log(), fs::file_time_type::clock::now() - 24h * 400);
    Follower follower(config());
    follower.drain();
    follower.pass(24h * 30);
    writer_.write("and it goes on\n");
    follower.drain();
    EXPECT_THAT(follower.lines(), ElementsAre("old but there", "and it goes on"));
}

TEST_F(FileSourceTest, BytesThatAreNoTextAreHandedOnAsTheyAre) {
    writer_.write("\x82\xb1\x82\xf1\r\n\xff\xfe\n");
    Follower follower(config());
    follower.drain();
    EXPECT_THAT(follower.lines(), ElementsAre("\x82\xb1\x82\xf1\r", "\xff\xfe"));
}

TEST_F(FileSourceTest, PermissionRestoredLater) {
    if (::geteuid() != 0) GTEST_SKIP() << "needs root, to give up being root";
    writer_.write("1\n");
    Follower follower(config());
    fs::permissions(dir_.path(), fs::perms(0755));
    ASSERT_EQ(::seteuid(65534), 0);
    follower.drain();
    const std::string problem = follower.status().problem;
    const int restored = ::seteuid(0);
    ASSERT_EQ(restored, 0);
    EXPECT_THAT(problem, HasSubstr("Permission denied; let the service's group read it: chgrp"));
    EXPECT_THAT(follower.lines(), IsEmpty());
    follower.drain();
    EXPECT_THAT(follower.lines(), ElementsAre("1"));
}

TEST_F(FileSourceTest, FolderInPlaceOfTheLogIsNamed) {
    fs::create_directory(log());
    Follower follower(config());
    follower.drain();
    EXPECT_THAT(follower.status().problem, HasSubstr("no regular file"));
    fs::remove(log());
    writer_.write("1\n");
    follower.drain();
    EXPECT_THAT(follower.lines(), ElementsAre("1"));
}

// ---- after downtime

TEST_F(FileSourceTest, BackupsOfTheTimeWhenNobodyReadAreReadOldestFirst) {
    writer_.write("1\n");
    Follower follower(config());
    follower.drain();
    writer_.write("2\n");
    LogWriter::compress(writer_.rotate());
    writer_.write("3\n");
    writer_.rotate();
    writer_.write("4\n");
    LogWriter::compress(writer_.rotate());
    writer_.write("5\n");
    follower.restart();
    follower.drain();
    EXPECT_THAT(follower.lines(), ElementsAre("1", "2", "3", "4", "5"));
    EXPECT_THAT(follower.notices(), IsEmpty());
}

TEST_F(FileSourceTest, CompressedWhileReadIsNotReadAgain) {
    writer_.write("1\n2\n");
    Follower follower(config());
    follower.drain();
    const fs::path backup = writer_.rotate();
    writer_.write("3\n");
    LogWriter::compress(backup);
    follower.drain();
    follower.restart();
    follower.drain();
    EXPECT_THAT(follower.lines(), ElementsAre("1", "2", "3"));
    EXPECT_THAT(follower.notices(), IsEmpty());
}

TEST_F(FileSourceTest, CrashInsideGzipLeavesBothAndThePlainOneIsRead) {
    writer_.write("1\n");
    Follower follower(config());
    follower.drain();
    writer_.write("2\n");
    const fs::path backup = writer_.rotate();
    LogWriter::crash_in_compress(backup);
    writer_.write("3\n");
    follower.restart();
    follower.drain();
    LogWriter::compress(backup);
    follower.restart();
    follower.drain();
    EXPECT_THAT(follower.lines(), ElementsAre("1", "2", "3"));
}

TEST_F(FileSourceTest, CompressedBackupWithoutItsTrailerIsWaitedForAndThenGivenUp) {
    std::string text;
    for (int i = 0; i < 3000; ++i) text += "line " + std::to_string(i * 7919 % 104729) + "\n";
    const std::string whole = test::gzip(text);
    Follower follower(config());
    follower.drain();
    const fs::path backup = beside("audit-2030-01-01T00-00-00.000.log.gz");
    test::write_file(backup, whole.substr(0, whole.size() / 2));
    writer_.write("after\n");
    follower.drain();
    const size_t before = follower.lines().size();
    EXPECT_GT(before, 100u);
    EXPECT_THAT(follower.lines(), testing::Not(Contains("after")));
    follower.pass(9s);
    test::write_file(backup, whole.substr(0, whole.size() * 3 / 4));
    follower.drain();
    EXPECT_GT(follower.lines().size(), before);
    test::write_file(backup, whole);
    follower.drain();
    EXPECT_EQ(follower.lines().size(), 3001u);
    EXPECT_EQ(follower.lines().back(), "after");
    EXPECT_THAT(follower.notices(), IsEmpty());

    test::write_file(beside("audit-2030-01-02T00-00-00.000.log.gz"), test::gzip("other\n").substr(0, 12));
    writer_.rotate();  // named before the broken one
    writer_.write("last\n");
    follower.drain();
    follower.pass(11s);
    follower.drain();
    EXPECT_EQ(follower.lines().back(), "last");
    EXPECT_THAT(follower.notices(), Contains("audit-gap/backup-damaged"));
}

TEST_F(FileSourceTest, GenerationThatIsGoneIsAGapWithItsTimes) {
    const auto event = [](const std::string& time) { return R"({"stageTimestamp":")" + time + "\"}\n"; };
    writer_.write(event("2026-01-05T10:00:00.000000Z"));
    Follower follower(config());
    follower.drain();
    writer_.write(event("2026-01-05T10:00:01.000000Z"));
    const fs::path lost = writer_.rotate();
    writer_.write(event("2026-01-05T10:00:02.000000Z"));
    writer_.rotate();
    writer_.write(event("2026-01-05T10:00:03.000000Z"));
    fs::remove(lost);
    follower.restart();
    follower.drain();
    EXPECT_EQ(follower.lines().size(), 3u);
    ASSERT_THAT(follower.notices(), ElementsAre("audit-gap/generation-lost"));
    EXPECT_EQ(follower.status().gaps, 1u);
    EXPECT_EQ(audit::format_time(follower.whole_notices()[0].from), "2026-01-05T10:00:00.000000Z");
    EXPECT_EQ(audit::format_time(follower.whole_notices()[0].to), "2026-01-05T10:00:02.000000Z");
    follower.restart();
    follower.drain();
    EXPECT_EQ(follower.notices().size(), 1u);
}

TEST_F(FileSourceTest, BackupsAreKeptOpenSoThatRetentionTakesNoneWhileCatchingUp) {
    writer_.write("0\n");
    Follower follower(config());
    follower.drain();
    std::vector<std::string> expected{"0"};
    for (int i = 1; i < 30; ++i) {
        writer_.rotate();
        writer_.write(std::to_string(i) + "\n");
        expected.push_back(std::to_string(i));
    }
    follower.step();
    follower.step();
    for (const fs::path& backup : writer_.backups()) fs::remove(backup);
    follower.drain();
    EXPECT_EQ(follower.lines(), expected);
}

// ---- what nobody else tells

TEST_F(FileSourceTest, DeletedWhileWrittenIsReadOnAndReported) {
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

TEST_F(FileSourceTest, ModeAndOwnerChangesAreReportedOnceAlsoAcrossARestart) {
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
    writer_.rotate();  // copies the mode
    writer_.write("2\n");
    follower.drain();
    follower.pass(3s);
    follower.drain();
    EXPECT_EQ(follower.notices().size(), 2u);
}

TEST_F(FileSourceTest, OwnerThatIsSetAMomentAfterRotationIsNormal) {
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

TEST_F(FileSourceTest, BytesRewrittenBeforeThePositionAreReportedAndNothingIsReadTwice) {
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

TEST_F(FileSourceTest, SilenceIsReportedWhenItIsLongerThanAnyBeforeAndResolved) {
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
    follower.pass(45min);  // less than four times the longest silence
    writer_.write(event);
    follower.drain();
    EXPECT_EQ(follower.notices().size(), 2u);
}

TEST_F(FileSourceTest, FileThatStandsAtItsMaximumIsReported) {
    FileSourceConfig limited = config();
    limited.max_size = 200000;
    Follower follower(limited);
    writer_.write(std::string(199000, 'x') + R"({"stageTimestamp":"2026-01-05T10:00:00.000000Z"})" + "\n");
    follower.drain();
    follower.pass(61s);
    follower.drain();
    EXPECT_THAT(follower.notices(), ElementsAre("audit-log-stalled/at-maximum"));
}

TEST_F(FileSourceTest, InotifyWakesForWritesRotationsAndDeletedFiles) {
    Follower follower(config());
    const auto wakes = [&] {
        follower.drain();
        follower.pass(1s);
        follower.drain();  // watches what there is by now
        return follower.source().wake_fd();
    };
    const auto readable = [](int fd) {
        fd_set set;
        FD_ZERO(&set);
        FD_SET(fd, &set);
        timeval none{};
        return ::select(fd + 1, &set, nullptr, nullptr, &none) == 1;
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

}  // namespace
}  // namespace redshank
