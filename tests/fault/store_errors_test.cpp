// A disk that does not give what it holds just now has damaged nothing.
#include <gtest/gtest.h>

#include <filesystem>

#include "daemon/store/store.h"
#include "tests/simulation/disk.h"
#include "tests/support/temp_dir.h"

namespace redshank {
namespace {

constexpr int kRows = 3000;

void fill(Store& store) {
    store.begin();
    for (int i = 0; i < kRows; ++i)
        store.writer().put("table", std::to_string(i), std::string(static_cast<size_t>(i % 700), 'v'));
    ASSERT_TRUE(store.commit());
}

TEST(StoreErrors, AStateOfWhichAPageCannotBeReadIsNotSetAside) {
    test::TempDir dir;
    const std::string path = dir.file("redshank.db");
    sim::Disk& disk = sim::Disk::instance();
    fill(*Store::open(path, Store::Mode::ReadWrite));
    int failed = 0;
    for (uint64_t seed = 0; seed < 60; ++seed) {
        disk.reset(seed);
        disk.fail(0, 20 + static_cast<unsigned>(seed) * 10);
        try {
            EXPECT_EQ(Store::open(path, Store::Mode::ReadWrite)->damage(), "");
        } catch (const std::runtime_error&) {
            ++failed;
        }
        disk.fail(0, 0);
    }
    EXPECT_GT(failed, 10);
    int rows = 0;
    Store::open(path, Store::Mode::ReadWrite)
        ->state()
        .scan("table", "", [&](std::string_view, std::string_view) { ++rows; });
    EXPECT_EQ(rows, kRows);
}

}  // namespace
}  // namespace redshank
