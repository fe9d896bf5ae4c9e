#include "daemon/sources/watcher.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <poll.h>

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
}

}  // namespace
}  // namespace redshank
