#include "daemon/sources/watcher.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/mman.h>

#include <filesystem>

#include "tests/support/temp_dir.h"

namespace redshank {
namespace {

bool is_awake(const Watcher& watcher) {
    pollfd ready{watcher.wake_fd(), POLLIN, 0};
    return ::poll(&ready, 1, 0) == 1;
}

class WatcherTest : public testing::Test {
  protected:
    WatcherTest() { watcher_.watch_folders({dir_.path().string(), dir_.file("not-there")}); }
    // Each is at least an event of some 200 bytes.
    void make_files(int count) {
        for (int i = 0; i < count; ++i) test::write_file(dir_.path() / fmt::format("{:0>180}", made_++), "x");
    }

    test::TempDir dir_;
    Watcher watcher_{true};
    int made_ = 0;
};

TEST_F(WatcherTest, WakesForWhatHappensInAFolderUntilItIsDrained) {
    EXPECT_FALSE(is_awake(watcher_));
    make_files(1);
    EXPECT_TRUE(is_awake(watcher_));
    watcher_.drain();
    EXPECT_FALSE(is_awake(watcher_));
    make_files(50);
    watcher_.drain();
    EXPECT_FALSE(is_awake(watcher_)) << "what comes between two turns is taken at once";
}

// Who writes as fast as it is read keeps the reader for so long and no longer.
TEST_F(WatcherTest, TakesNoMoreThanABoundAtOnceAndComesBackForTheRest) {
    make_files(1000);
    watcher_.drain();
    EXPECT_TRUE(is_awake(watcher_));
    for (int turn = 0; turn < 20; ++turn) watcher_.drain();
    EXPECT_FALSE(is_awake(watcher_));
}

TEST_F(WatcherTest, AFileIsWatchedInPlaceOfTheOneBefore) {
    test::TempDir elsewhere;
    const auto first = elsewhere.path() / "first", second = elsewhere.path() / "second";
    test::write_file(first, "x");
    test::write_file(second, "x");
    const UniqueFd one(::open(first.c_str(), O_RDONLY | O_CLOEXEC));
    const UniqueFd other(::open(second.c_str(), O_RDONLY | O_CLOEXEC));
    watcher_.watch_file(one.get());
    watcher_.watch_file(one.get());
    test::write_file(first, "xy");
    EXPECT_TRUE(is_awake(watcher_)) << "watched twice, it is watched";
    watcher_.drain();
    watcher_.watch_file(other.get());
    EXPECT_FALSE(is_awake(watcher_)) << "that the first is watched no more is no news";
    test::write_file(first, "xyz");
    EXPECT_FALSE(is_awake(watcher_));
    test::write_file(second, "xy");
    EXPECT_TRUE(is_awake(watcher_));
}

TEST(WatcherOffTest, NeverWakes) {
    test::TempDir dir;
    Watcher off(false);
    off.watch_folders({dir.path().string()});
    off.watch_file(0);
    off.drain();
    EXPECT_EQ(off.wake_fd(), -1);
    EXPECT_FALSE(off.hears_all());
}

// tmpfs is a file system of this host, proc is none that tells of what changes.
TEST(WatcherHearsAll, WithAllFoldersAndAFileOfThisHost) {
    const UniqueFd local(::memfd_create("log", MFD_CLOEXEC)),
        proc(::open("/proc/self/stat", O_RDONLY | O_CLOEXEC));
    const test::TempDir dir;
    const std::string folder = dir.path().string(), absent = dir.file("not-there");
    const auto hears = [](const std::vector<std::string>& folders, int fd) {
        Watcher watcher(true);
        if (!folders.empty()) watcher.watch_folders(folders);
        if (fd >= 0) watcher.watch_file(fd);
        return watcher.hears_all();
    };
    EXPECT_TRUE(hears({folder}, local.get()));
    EXPECT_FALSE(hears({}, local.get()));
    EXPECT_FALSE(hears({folder, absent}, local.get()));
    EXPECT_FALSE(hears({absent, folder}, local.get()));
    EXPECT_FALSE(hears({folder}, proc.get()));
    EXPECT_FALSE(hears({folder}, -1));
    Watcher watcher(true);
    watcher.watch_file(local.get());
    watcher.watch_folders({folder, absent});
    EXPECT_FALSE(watcher.hears_all());
    watcher.watch_folders({folder});
    EXPECT_TRUE(watcher.hears_all()) << "the folder is there now";
    watcher.watch_file(1'000'000);
    EXPECT_FALSE(watcher.hears_all()) << "no such file";
}

}  // namespace
}  // namespace redshank
