// Backups that were written while no daemon ran.
#include <gmock/gmock.h>

#include "tests/fault/file_source_fixture.h"
#include "tests/support/packed.h"

namespace redshank {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using test::Follower;
using test::LogWriter;
using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;

using FileSourceBackups = test::FileSourceTest;

TEST_F(FileSourceBackups, BackupsFromBeforeTheFirstStartAreReadOnlyWhenAsked) {
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

TEST_F(FileSourceBackups, BackupsBesideTheTargetOfASymlinkAreFound) {
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

TEST_F(FileSourceBackups, StaticCompressedFile) {
    test::write_file(log(), test::gzip("1\n2\n"));
    Follower follower(config());
    follower.drain();
    follower.restart();
    follower.drain();
    EXPECT_THAT(follower.lines(), ElementsAre("1", "2"));
}

TEST_F(FileSourceBackups, BackupsOfTheTimeWhenNobodyReadAreReadOldestFirst) {
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

TEST_F(FileSourceBackups, OfAnyCompressorAreReadAndReadOnWhereTheyWereLeft) {
    writer_.write("1\n");
    Follower follower(config());
    follower.drain();
    writer_.write("2\n");
    test::write_file(beside("audit.log-20261123-1795425160.bz2"), test::bzip2("1\n2\n"));
    writer_.remove();
    writer_.close();
    writer_.write("3\n");
    test::write_file(beside("audit.log-20261124-1795511560.xz"), test::xz("3\n4\n"));
    writer_.remove();
    writer_.close();
    writer_.write("5\n");
    follower.restart();
    follower.drain();
    EXPECT_THAT(follower.lines(), ElementsAre("1", "2", "3", "4", "5"));
    EXPECT_THAT(follower.notices(), IsEmpty());
}

// A server that restarts and serves the same requests at the same times, as far as the first bytes tell.
TEST_F(FileSourceBackups, ThatBeginAlikeAreReadEach) {
    for (const size_t alike : {size_t{1}, size_t{4}, size_t{64}}) {  // KiB
        const test::TempDir folder;
        FileSourceConfig own = config();
        own.path = folder.file("audit.log");
        LogWriter writer(own.path);
        std::string begin;
        while (begin.size() < alike << 10) begin += "the same line " + std::to_string(begin.size()) + "\n";
        for (const bool is_read_early : {true, false}) {
            writer.write(is_read_early ? begin : "begin\n" + begin);
            Follower follower(own);
            follower.drain();
            std::vector<std::string> expected = follower.lines();
            std::vector<std::string> again;
            for (size_t at = 0; at < begin.size(); at = begin.find('\n', at) + 1)
                again.push_back(begin.substr(at, begin.find('\n', at) - at));
            for (const char* end : {"a", "b", "c"}) {
                writer.write(std::string(end) + "\n");
                expected.emplace_back(end);
                writer.rotate();
                writer.write((is_read_early ? "" : "begin\n") + begin);
                if (!is_read_early) expected.emplace_back("begin");
                expected.insert(expected.end(), again.begin(), again.end());
            }
            follower.restart();
            follower.drain();
            EXPECT_EQ(follower.lines().size(), expected.size()) << alike << ' ' << is_read_early;
            EXPECT_TRUE(follower.lines() == expected) << alike << ' ' << is_read_early;
            EXPECT_THAT(follower.notices(), IsEmpty());
            writer.remove();
            writer.close();
            for (const fs::path& backup : writer.backups()) fs::remove(backup);
        }
    }
}

// The log is renamed to another folder, as logrotate does with `olddir`.
fs::path move_away(LogWriter& writer, const fs::path& to) {
    fs::create_directories(to.parent_path());
    fs::rename(writer.log(), to);
    writer.close();
    return to;
}

TEST_F(FileSourceBackups, InAFolderBesideTheLogAreFoundByTheFileThatWasRead) {
    test::write_file(beside("old") / "audit.log.9", "of last year\n");
    test::write_file(beside("old") / "audit-2025-11-23T09-12-40.457.log", "of last year too\n");
    writer_.write("1\n");
    Follower follower(config());
    follower.drain();
    writer_.write("2\n");
    move_away(writer_, beside("old") / "audit.log.2");
    writer_.write("3\n");
    move_away(writer_, beside("old") / "audit.log.1");
    writer_.write("4\n");
    follower.restart();
    follower.drain();
    EXPECT_THAT(follower.lines(), ElementsAre("1", "2", "3", "4"));
    // The folder is known from now on, also when the file itself has been deleted.
    move_away(writer_, beside("old") / "audit.log.0");
    fs::remove(beside("old") / "audit.log.2");
    writer_.write("5\n");
    move_away(writer_, beside("old") / "audit.log-20261123");
    writer_.write("6\n");
    follower.restart();
    follower.drain();
    EXPECT_THAT(follower.lines(), ElementsAre("1", "2", "3", "4", "5", "6"));
    EXPECT_THAT(follower.notices(), IsEmpty());
}

TEST_F(FileSourceBackups, InAnyFolderAreFoundWhereTheOpenFileWent) {
    writer_.write("1\n");
    FileSourceConfig own = config();
    own.path = (beside("log") / "audit.log").string();
    LogWriter writer(own.path);
    writer.write("1\n");
    Follower follower(own);
    follower.drain();
    move_away(writer, beside("elsewhere/deep") / "audit.log.2");
    writer.write("2\n");
    move_away(writer, beside("elsewhere/deep") / "audit.log.1");
    writer.write("3\n");
    follower.drain();
    EXPECT_THAT(follower.lines(), ElementsAre("1", "2", "3"));
    EXPECT_THAT(follower.notices(), IsEmpty());
}

TEST_F(FileSourceBackups, InTheFolderOfTheConfigurationAreFound) {
    FileSourceConfig own = config();
    own.path = (beside("log") / "audit.log").string();
    own.olddir = "../elsewhere";
    LogWriter writer(own.path);
    writer.write("1\n");
    Follower follower(own);
    follower.drain();
    move_away(writer, beside("elsewhere") / "audit.log.2");
    writer.write("2\n");
    move_away(writer, beside("elsewhere") / "audit.log.1");
    writer.write("3\n");
    follower.restart();
    follower.drain();
    EXPECT_THAT(follower.lines(), ElementsAre("1", "2", "3"));
    EXPECT_THAT(follower.notices(), IsEmpty());
}

TEST_F(FileSourceBackups, OfAnotherLogInAFolderAreNone) {
    LogWriter other(beside("node-2") / "audit.log");
    other.write("other 1\n");
    writer_.write("1\n");
    Follower follower(config());
    follower.drain();
    other.rotate();
    other.write("other 2\n");
    writer_.write("2\n");
    writer_.rotate();
    writer_.write("3\n");
    follower.restart();
    follower.drain();
    EXPECT_THAT(follower.lines(), ElementsAre("1", "2", "3"));
    EXPECT_THAT(follower.notices(), IsEmpty());
}

TEST_F(FileSourceBackups, UnderANameThatNobodyKnowsAreKnownByWhatTheyHold) {
    writer_.write("1\n");
    Follower follower(config());
    follower.drain();
    writer_.write("2\n");
    move_away(writer_, beside("kept by hand"));
    writer_.write("3\n");
    follower.restart();
    follower.drain();
    EXPECT_THAT(follower.lines(), ElementsAre("1", "2", "3"));
    EXPECT_THAT(follower.notices(), IsEmpty());
}

TEST_F(FileSourceBackups, ThatCannotBeReadAreNamedInTheGap) {
    writer_.write("1\n2\n");
    Follower follower(config());
    follower.drain();
    test::write_file(beside("audit.log.2.lz4"), "\x04\x22\x4d\x18 packed");
    test::write_file(beside("audit.log.copy"), "3\n4\n");  // of the log
    test::write_file(beside("policy.yaml"), "rules: []\n");
    move_away(writer_, beside("elsewhere") / "audit.log.3");
    fs::remove_all(beside("elsewhere"));
    writer_.write("3\n");
    follower.restart();
    follower.drain();
    EXPECT_THAT(follower.lines(), ElementsAre("1", "2", "3"));
    ASSERT_THAT(follower.notices(), ElementsAre("audit-gap/generation-lost"));
    EXPECT_THAT(follower.whole_notices()[0].text,
                testing::EndsWith("never seen. It may be in a file that is not read: " +
                                  beside("audit.log.2.lz4").string() +
                                  ": packed with lz4, which redshank does not read; gzip, zstd, bzip2 and xz "
                                  "it does."));
}

TEST_F(FileSourceBackups, ThatCannotBeReadAndCameBetweenTwoFilesAreToldOnce) {
    writer_.write("1\n");
    Follower follower(config());
    follower.drain();
    move_away(writer_, beside("audit.log.2"));
    test::write_file(beside("audit.log-of-tuesday"), "2\n");
    fs::last_write_time(beside("audit.log.2"), fs::file_time_type::clock::now() - 1s);
    writer_.write("3\n");
    follower.drain();
    EXPECT_THAT(follower.lines(), ElementsAre("1", "3"));
    ASSERT_THAT(follower.notices(), ElementsAre("audit-gap/backup-unreadable"));
    EXPECT_THAT(follower.whole_notices()[0].text,
                testing::HasSubstr("audit.log-of-tuesday: its name is none that a rotated file has"));
    writer_.rotate();
    writer_.write("4\n");
    follower.drain();
    EXPECT_EQ(follower.notices().size(), 1u);
}

TEST_F(FileSourceBackups, CompressedWhileReadIsNotReadAgain) {
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

TEST_F(FileSourceBackups, CrashInsideGzipLeavesBothAndThePlainOneIsRead) {
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

TEST_F(FileSourceBackups, CompressedBackupWithoutItsTrailerIsWaitedForAndThenGivenUp) {
    std::string text;
    for (int i = 0; i < 3000; ++i) text += "line " + std::to_string(i * 7919 % 104729) + "\n";
    const std::string whole = test::gzip(text);
    Follower follower(config());
    follower.drain();
    const fs::path backup = beside("audit-2026-11-20T00-00-00.000.log.gz");
    test::write_file(backup, whole.substr(0, whole.size() / 2));
    writer_.write("after\n");
    follower.drain();
    const size_t before = follower.lines().size();
    EXPECT_GT(before, 100u);
    EXPECT_THAT(follower.lines(), testing::Not(Contains("after")));
    EXPECT_FALSE(follower.source().hears_all()) << "nobody tells when it has waited for long enough";
    follower.pass(9s);
    test::write_file(backup, whole.substr(0, whole.size() * 3 / 4));
    follower.drain();
    EXPECT_GT(follower.lines().size(), before);
    test::write_file(backup, whole);
    follower.drain();
    EXPECT_EQ(follower.lines().size(), 3001u);
    EXPECT_EQ(follower.lines().back(), "after");
    EXPECT_THAT(follower.notices(), IsEmpty());

    std::string in_an_hour = audit::format_time(
        std::chrono::floor<audit::Duration>(std::chrono::system_clock::now() + std::chrono::hours{1}));
    in_an_hour = in_an_hour.substr(0, 13) + "-00-00.000";
    test::write_file(beside("audit-" + in_an_hour + ".log.gz"), test::gzip("other\n").substr(0, 12));
    writer_.rotate();  // its name sorts before the broken one
    writer_.write("last\n");
    follower.drain();
    follower.pass(11s);
    follower.drain();
    EXPECT_EQ(follower.lines().back(), "last");
    EXPECT_THAT(follower.notices(), Contains("audit-gap/backup-damaged"));
}

TEST_F(FileSourceBackups, GenerationThatIsGoneIsAGapWithItsTimes) {
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

TEST_F(FileSourceBackups, BackupsAreKeptOpenSoThatRetentionTakesNoneWhileCatchingUp) {
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

TEST_F(FileSourceBackups, LogThatIsDeletedWhileItsBackupsAreReadIsReadAllTheSame) {
    writer_.write("1\n");
    Follower follower(config());
    follower.drain();
    writer_.write("2\n");
    writer_.rotate();
    writer_.write("3\n");
    writer_.rotate();
    writer_.write("4\n");
    follower.restart();
    follower.step();
    EXPECT_THAT(follower.lines(), ElementsAre("1", "2"));
    writer_.remove();
    writer_.write("5\n");
    writer_.close();
    writer_.write("6\n");
    follower.drain();
    EXPECT_THAT(follower.lines(), ElementsAre("1", "2", "3", "4", "5", "6"));
}

TEST_F(FileSourceBackups, LogThatIsDeletedWhileItsCopyIsReadIsReadAllTheSame) {
    writer_.write("1\n");
    Follower follower(config());
    follower.drain();
    writer_.write("2\n");
    writer_.copytruncate();
    writer_.write("3\n");
    follower.step();
    EXPECT_THAT(follower.lines(), ElementsAre("1", "2"));
    writer_.remove();
    writer_.write("4\n");
    follower.drain();
    EXPECT_THAT(follower.lines(), ElementsAre("1", "2", "3", "4"));
}

}  // namespace
}  // namespace redshank
