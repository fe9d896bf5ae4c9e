#include "core/heap.h"

#include <gmock/gmock.h>
#include <unistd.h>

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>

namespace redshank {
namespace {

constexpr intptr_t kMegabyte = intptr_t{1} << 20;

// The flags of the mapping that holds the address, as the kernel tells them.
std::string flags_of(uintptr_t address) {
    std::ifstream maps("/proc/self/smaps");
    bool is_there = false;
    for (std::string line; std::getline(maps, line);) {
        size_t end = 0;
        const size_t dash = line.find('-');
        if (dash != line.npos && dash < line.find(' ') && line.find(':') > dash)
            is_there = std::stoull(line, &end, 16) <= address &&
                       address < std::stoull(line.substr(dash + 1), nullptr, 16);
        if (is_there && line.starts_with("VmFlags:")) return line + " ";
    }
    return {};
}

// An address in the last of 16 MB by which the heap grows.
uintptr_t grow_heap() {
    return reinterpret_cast<uintptr_t>(::sbrk(16 * kMegabyte)) + 15 * kMegabyte;
}

TEST(Heap, GetsHugePagesOnceItIsPrepared) {
    if (!std::filesystem::exists("/sys/kernel/mm/transparent_hugepage"))
        GTEST_SKIP() << "the kernel has no huge pages";
    const uintptr_t first = grow_heap();
    advise_heap();
    EXPECT_THAT(flags_of(first),
                testing::AllOf(testing::HasSubstr(" rd "), testing::Not(testing::HasSubstr(" hg "))));
    prepare_heap();
    const uintptr_t second = grow_heap();
    void* const end = ::sbrk(0);
    EXPECT_THAT(flags_of(second), testing::Not(testing::HasSubstr(" hg ")));
    advise_heap();
    EXPECT_THAT(flags_of(second), testing::HasSubstr(" hg "));
    EXPECT_THAT(flags_of(first), testing::Not(testing::HasSubstr(" hg ")))
        << "what was there before stays as it was";
    if (::sbrk(0) != end) return;  // malloc has put something behind it
    ::sbrk(-16 * kMegabyte);
    advise_heap();
    const uintptr_t again = grow_heap();
    advise_heap();
    EXPECT_EQ(again, second);
    EXPECT_THAT(flags_of(again), testing::HasSubstr(" hg ")) << "what it gave back and takes again";
}

}  // namespace
}  // namespace redshank
