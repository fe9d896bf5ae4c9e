#include "tests/fault/model.h"

#include <gtest/gtest.h>

#include <chrono>
#include <cstdlib>
#include <string>

namespace redshank {
namespace {

using Clock = std::chrono::steady_clock;

uint64_t from_environment(const char* name, uint64_t otherwise) {
    const char* text = std::getenv(name);
    return text ? std::stoull(text) : otherwise;
}

// REDSHANK_SEED=N            repeats one sequence
// REDSHANK_SEQUENCES=N       runs N sequences, from REDSHANK_FIRST_SEED (1) on
// REDSHANK_MODEL_MINUTES=N   runs N minutes, from a random seed (make soak)
TEST(Model, EveryReadableLineComesOnceWhateverHappensToTheLog) {
    const std::chrono::minutes time(from_environment("REDSHANK_MODEL_MINUTES", 0));
    const auto now = static_cast<uint64_t>(std::chrono::system_clock::now().time_since_epoch().count());
    const uint64_t first = from_environment(
        "REDSHANK_SEED", from_environment("REDSHANK_FIRST_SEED", time.count() > 0 ? now / 1000 : 1));
    const uint64_t count = std::getenv("REDSHANK_SEED") ? 1 : from_environment("REDSHANK_SEQUENCES", 1500);
    const Clock::time_point end = Clock::now() + time;
    test::ModelResult all;
    uint64_t sequences = 0;
    for (; time.count() > 0 ? Clock::now() < end : sequences < count; ++sequences) {
        const uint64_t seed = first + sequences;
        const test::ModelResult one = test::run_model(seed, 60);
        ASSERT_EQ(one.failure, "") << "repeat with REDSHANK_SEED=" << seed;
        all.lines += one.lines;
        all.steps += one.steps;
        all.deaths += one.deaths;
        all.full_disks += one.full_disks;
    }
    const auto number = [](uint64_t value) { return static_cast<unsigned long long>(value); };
    std::printf("%llu sequences from seed %llu, %llu steps, %llu lines, %llu kills, %llu full disks\n",
                number(sequences), number(first), number(all.steps), number(all.lines), number(all.deaths),
                number(all.full_disks));
}

}  // namespace
}  // namespace redshank
