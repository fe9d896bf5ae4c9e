// Errors of the system while a log is followed: what may pass loses nothing, doubles nothing, and is told.
#include <gmock/gmock.h>

#include <cerrno>
#include <filesystem>

#include "tests/fault/file_source_fixture.h"
#include "tests/simulation/system.h"

namespace redshank {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using sim::host;
using test::Follower;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

// Each call of one name on the files of the log fails, as long as this lives.
class Failing {
  public:
    // `file`: only those that name it; "": any.
    explicit Failing(const std::string& call, int error = EIO, const std::string& file = "") {
        host().only = call;
        host().file = file;
        host().error = error;
        host().one_in = 1;
    }
    ~Failing() {
        host().one_in = 0;
        host().file.clear();
    }
    Failing(const Failing&) = delete;
    Failing& operator=(const Failing&) = delete;
};

// For what is tried several times: a log in a folder of its own, on which calls may fail.
struct Scene {
    Scene() { host().folder = dir.path(); }
    test::TempDir dir;
    test::LogWriter writer{dir.path() / "audit.log"};
    Follower follower{FileSourceConfig{.path = dir.file("audit.log"), .cluster = "c"}};
};

class FileSourceErrors : public test::FileSourceTest {
  protected:
    FileSourceErrors() { host().folder = dir_.path(); }
    ~FileSourceErrors() override { host().folder.clear(); }

    void drain(Follower& follower) {
        const sim::AsDaemon daemon;
        follower.drain();
    }
    void restart(Follower& follower) {
        const sim::AsDaemon daemon;
        follower.restart();
    }
};

TEST_F(FileSourceErrors, NobodyTellsWhenALogCanBeReadAgain) {
    writer_.write("1\n");
    Follower follower(config());
    drain(follower);
    EXPECT_EQ(follower.source().hears_all(), can_hear_all());
    {
        const Failing failing("preadv");
        drain(follower);
        EXPECT_FALSE(follower.source().hears_all());
    }
    drain(follower);
    EXPECT_EQ(follower.source().hears_all(), can_hear_all());
}

TEST_F(FileSourceErrors, ALogThatCannotBeReadAtTheStartIsReadOnWhereItWas) {
    for (const char* call : {"open", "statx", "pread", "preadv", "openat"}) {
        SCOPED_TRACE(call);
        Scene scene;
        auto& [dir, writer, follower] = scene;
        writer.write("1\n2\n");
        drain(follower);
        {
            const Failing failing(call);
            restart(follower);
            writer.write("3\n");
            drain(follower);
            follower.pass(600s);
            drain(follower);
        }
        follower.pass(1s);
        drain(follower);
        EXPECT_THAT(follower.lines(), ElementsAre("1", "2", "3"));
        EXPECT_THAT(follower.notices(), IsEmpty());
        EXPECT_EQ(follower.status().problem, "");
        EXPECT_TRUE(follower.status().caught_up);
    }
}

TEST_F(FileSourceErrors, ABackupThatHoldsThePlaceIsWaitedForAMinute) {
    for (const bool passes : {true, false}) {
        SCOPED_TRACE(passes);
        Scene scene;
        auto& [dir, writer, follower] = scene;
        writer.write("1\n");
        drain(follower);
        writer.write("2\n");
        writer.rotate();
        writer.write("3\n");
        {
            const Failing failing("openat", EMFILE);  // the folder cannot be listed
            restart(follower);
            follower.pass(passes ? 59s : 60s);
            drain(follower);
            EXPECT_THAT(follower.lines(), passes
                                              ? testing::Matcher<std::vector<std::string>>(ElementsAre("1"))
                                              : ElementsAre("1", "3"));
            EXPECT_THAT(follower.status().problem, passes ? HasSubstr("Too many open files") : HasSubstr(""));
        }
        drain(follower);
        EXPECT_THAT(follower.lines(), Contains("3"));
        if (passes) {
            EXPECT_THAT(follower.lines(), ElementsAre("1", "2", "3"));
            EXPECT_THAT(follower.notices(), IsEmpty());
        } else {
            EXPECT_THAT(follower.notices(), Contains("audit-gap/generation-lost"));
        }
    }
}

TEST_F(FileSourceErrors, ACompressedBackupGoesOnWhereAnErrorStoppedIt) {
    for (const auto& [seconds, is_put_off] : {std::pair{10s, false}, {60s, true}}) {
        SCOPED_TRACE(is_put_off);
        test::TempDir dir;
        host().folder = dir.path();
        std::string much;
        uint64_t random = 1;
        for (int i = 0; i < 60'000; ++i) much += std::to_string(random *= 6364136223846793005U) + "\n";
        const fs::path backup = dir.path() / "audit-2026-11-23T09-12-40.000.log";
        test::write_file(backup, much);
        test::LogWriter::compress(backup);
        test::LogWriter writer{dir.path() / "audit.log"};
        writer.write("live\n");
        Follower follower(
            {.path = dir.file("audit.log"), .cluster = "c", .start = FileSourceConfig::Start::Oldest});
        {
            const sim::AsDaemon daemon;
            follower.step();
        }
        const size_t before = follower.lines().size();
        ASSERT_GT(before, 0u);
        ASSERT_LT(before, 60'000u);
        {
            const Failing failing("read");
            drain(follower);
            follower.pass(seconds);
            drain(follower);
            EXPECT_EQ(follower.lines().size(), before + (is_put_off ? 1 : 0));
            if (is_put_off) restart(follower);
        }
        follower.pass(1s);
        drain(follower);
        EXPECT_EQ(follower.lines().size(), 60'001u);
        std::vector<std::string> lines = follower.lines();
        std::sort(lines.begin(), lines.end());
        EXPECT_EQ(std::unique(lines.begin(), lines.end()) - lines.begin(), 60'001);
        EXPECT_EQ(follower.notices().size(), is_put_off ? 1u : 0u);
    }
}

TEST_F(FileSourceErrors, ACopyThatCannotBeReadIsWaitedForAfterATruncation) {
    Follower follower(config());
    writer_.write("1\n");
    drain(follower);
    writer_.write("2\n");
    writer_.copytruncate();
    writer_.write("3\n");
    for (const char* call : {"openat", "open", "pread"}) {
        const Failing failing(call);
        drain(follower);
        EXPECT_THAT(follower.lines(), ElementsAre("1"));
    }
    drain(follower);
    EXPECT_THAT(follower.lines(), ElementsAre("1", "2", "3"));
}

TEST_F(FileSourceErrors, ALateLineIsFoundThoughTheRestartHadErrors) {
    Follower follower(config());
    writer_.write("1\n");
    drain(follower);
    test::StaleWriter stale(log());
    writer_.logrotate_rename();
    writer_.close();
    writer_.write("2\n");
    drain(follower);
    {
        const Failing failing("open");
        restart(follower);
    }
    stale.write("3\n");
    drain(follower);
    EXPECT_THAT(follower.lines(), ElementsAre("1", "2", "3"));
}

TEST_F(FileSourceErrors, ADeletedFileThatWaitedIsMissedAfterARestart) {
    for (const bool is_deleted : {true, false}) {
        SCOPED_TRACE(is_deleted);
        test::TempDir dir;
        test::LogWriter writer{dir.path() / "audit.log"};
        Follower follower({.path = dir.file("audit.log"), .cluster = "c"});
        writer.write("1\n");
        follower.drain();
        std::string much;
        for (int i = 0; i < 100'000; ++i) much += "2-" + std::to_string(i) + "\n";
        writer.write(much);
        writer.rotate();
        writer.write("3\n");
        follower.restart();
        follower.step();  // the backup; the log is open and waits
        if (is_deleted) writer.remove();
        follower.step();
        follower.restart();
        follower.drain();
        EXPECT_EQ(follower.lines().size(), is_deleted ? 100'001u : 100'002u);
        EXPECT_EQ(follower.notices().size(), is_deleted ? 1u : 0u);
    }
}

// Its mode lets nobody read it, and it goes before that is mended. Of a log that was never there nothing is
// missed.
TEST_F(FileSourceErrors, ALogThatIsLostBeforeItCouldBeOpenedIsAHole) {
    for (const bool is_restarted : {false, true}) {
        SCOPED_TRACE(is_restarted);
        Scene scene;
        auto& [dir, writer, follower] = scene;
        writer.write("1\n");
        drain(follower);
        {
            const Failing failing("open", EACCES, dir.file("audit.log"));
            writer.rotate();
            writer.write("2\n");
            drain(follower);
            if (is_restarted) restart(follower);
            drain(follower);
            EXPECT_THAT(follower.status().problem, HasSubstr("Permission denied"));
            EXPECT_THAT(follower.notices(), IsEmpty());
        }
        for (const fs::path& backup : writer.backups()) fs::remove(backup);
        writer.remove();
        writer.close();
        if (is_restarted) restart(follower);
        drain(follower);
        EXPECT_THAT(follower.notices(), IsEmpty());
        writer.write("3\n");
        drain(follower);
        EXPECT_THAT(follower.lines(), ElementsAre("1", "3"));
        EXPECT_THAT(follower.notices(), ElementsAre("audit-gap/generation-lost"));
        drain(follower);
        restart(follower);
        drain(follower);
        EXPECT_EQ(follower.notices().size(), 1u);
    }
}

// The file keeps its mode when it is rotated, and so does the next one.
TEST_F(FileSourceErrors, ALogThatCannotBeOpenedIsReadOnceItCanBeThoughItWasRotated) {
    for (const bool is_restarted : {false, true}) {
        SCOPED_TRACE(is_restarted);
        Scene scene;
        auto& [dir, writer, follower] = scene;
        {
            const Failing failing("open", EACCES);
            writer.write("1\n");
            drain(follower);
            writer.rotate();
            writer.write("2\n");
            drain(follower);
            if (is_restarted) restart(follower);
            follower.pass(61s);
            drain(follower);
            EXPECT_THAT(follower.lines(), IsEmpty());
            EXPECT_THAT(follower.notices(), ElementsAre("audit-gap/backup-unreadable"));
        }
        for (int i = 0; i < 2; ++i) {
            follower.pass(1s);
            drain(follower);
        }
        EXPECT_THAT(follower.lines(), testing::UnorderedElementsAre("1", "2"));
        EXPECT_THAT(follower.notices(), ElementsAre("audit-gap/backup-unreadable"));
    }
}

// While a backup that was owed is read, the log is not forgotten.
TEST_F(FileSourceErrors, ALogThatCannotBeOpenedIsMissedAlsoAfterAnOwedBackup) {
    Follower follower(config());
    writer_.write("1\n");
    drain(follower);
    std::string much;
    for (int i = 0; i < 60'000; ++i) much += "2-" + std::to_string(i) + "\n";
    {
        const Failing failing("open", EACCES);
        writer_.rotate();
        writer_.write(much);
        writer_.rotate();
        writer_.write("3\n");
        drain(follower);
    }
    EXPECT_THAT(follower.lines(), ElementsAre("1"));
    {
        const Failing failing("open", EACCES, log().string());
        follower.pass(1s);
        const sim::AsDaemon daemon;
        follower.step();
        follower.restart();
    }
    EXPECT_LT(follower.lines().size(), 60'001u);
    writer_.remove();
    writer_.close();
    writer_.write("4\n");
    drain(follower);
    EXPECT_EQ(follower.lines().size(), 60'002u);
    EXPECT_EQ(follower.lines().back(), "4");
    EXPECT_THAT(follower.notices(), ElementsAre("audit-gap/backup-unreadable", "audit-gap/generation-lost"));
}

// Backups that were read and cannot be opened when redshank starts again are no news, however many come
// after.
TEST_F(FileSourceErrors, ABackupThatWasReadIsNotOwedWhenItCannotBeOpened) {
    Follower follower(config());
    std::vector<std::string> written;
    const auto write = [&] {
        written.push_back(std::to_string(written.size()));
        writer_.write(written.back() + "\n");
    };
    for (int i = 0; i < 3; ++i) {
        write();
        drain(follower);
        const Failing failing("open", EACCES);  // the file that is read on is open
        writer_.rotate();
        write();
        drain(follower);
        restart(follower);
        drain(follower);
    }
    for (int i = 0; i < 20; ++i) {
        follower.pass(1s);
        drain(follower);
        writer_.rotate();
        write();
    }
    follower.pass(1s);
    drain(follower);
    EXPECT_THAT(follower.lines(), testing::ElementsAreArray(written));
    EXPECT_THAT(follower.notices(), IsEmpty());
}

// The follower reads "1", then the log that it cannot open holds "2".
class FileSourceShut : public FileSourceErrors {
  protected:
    FileSourceShut() {
        writer_.write("1\n");
        drain(follower_);
        const Failing failing("open", EACCES, log().string());
        read_ = writer_.rotate();
        writer_.write("2\n");
        drain(follower_);
    }

    Follower follower_{config()};
    fs::path read_;
};

TEST_F(FileSourceShut, ErrorsThatHideWhereItIsAreNoLoss) {
    {
        const Failing failing("statx", EACCES);
        drain(follower_);
        follower_.pass(61s);
        drain(follower_);
        EXPECT_THAT(follower_.status().problem, HasSubstr("Permission denied"));
    }
    {
        const Failing failing("openat", EMFILE);
        writer_.rotate();
        writer_.write("3\n");
        drain(follower_);
        EXPECT_THAT(follower_.lines(), ElementsAre("1"));
    }
    drain(follower_);
    EXPECT_THAT(follower_.lines(), ElementsAre("1", "2", "3"));
    EXPECT_THAT(follower_.notices(), IsEmpty());
}

TEST_F(FileSourceShut, ThatItsModeIsMendedIsNoNews) {
    {
        const Failing failing("open", EACCES, log().string());
        restart(follower_);
    }
    for (int i = 0; i < 3; ++i) {
        drain(follower_);
        follower_.pass(2s);
    }
    EXPECT_THAT(follower_.lines(), ElementsAre("1", "2"));
    EXPECT_THAT(follower_.notices(), IsEmpty());
}

TEST_F(FileSourceShut, PackedMeanwhileItIsNoLoss) {
    test::LogWriter::compress(writer_.rotate());
    writer_.write("3\n");
    drain(follower_);
    EXPECT_THAT(follower_.lines(), ElementsAre("1", "2", "3"));
    EXPECT_THAT(follower_.notices(), IsEmpty());
}

TEST_F(FileSourceShut, RemovedWithAllThatIsOlderItIsALoss) {
    const fs::path lost = writer_.rotate();
    writer_.write("3\n");
    writer_.rotate();
    writer_.write("4\n");
    fs::remove(read_);
    fs::remove(lost);
    drain(follower_);
    EXPECT_THAT(follower_.lines(), ElementsAre("1", "3", "4"));
    EXPECT_THAT(follower_.notices(), ElementsAre("audit-gap/generation-lost"));
}

// The log is open and waits while its backup is read; then it is cut off or packed, and loses its name.
class FileSourceWaiting : public FileSourceErrors {
  protected:
    void wait_beside_backup(const std::string& live) {
        writer_.write("1\n");
        drain(follower_);
        writer_.write("2\n");
        writer_.rotate();
        writer_.write(live);
        restart(follower_);
        const sim::AsDaemon daemon;
        follower_.step();
        ASSERT_THAT(follower_.lines(), ElementsAre("1", "2"));
    }

    Follower follower_{config()};
};

TEST_F(FileSourceWaiting, WhatWasCutOffIsReadOfItsCopy) {
    wait_beside_backup("3\n");
    writer_.copytruncate();
    writer_.remove();
    writer_.close();
    writer_.write("4\n");
    drain(follower_);
    EXPECT_THAT(follower_.lines(), ElementsAre("1", "2", "3", "4"));
}

TEST_F(FileSourceWaiting, WhatWasPackedIsReadOnceThoughItsHeadCannotBeRead) {
    wait_beside_backup("3");
    writer_.write("\n");
    test::LogWriter::compress(writer_.rotate());
    writer_.write("4\n");
    {
        const Failing failing("pread");
        drain(follower_);
        EXPECT_THAT(follower_.status().problem, HasSubstr("cannot read"));
        EXPECT_THAT(follower_.lines(), ElementsAre("1", "2"));
    }
    drain(follower_);
    EXPECT_THAT(follower_.lines(), ElementsAre("1", "2", "3", "4"));
    EXPECT_THAT(follower_.notices(), IsEmpty());
}

}  // namespace
}  // namespace redshank
