#include "tests/fault/model.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <string>

namespace redshank {
namespace {

uint64_t from_environment(const char* name, uint64_t otherwise) {
    const char* text = std::getenv(name);
    return text ? std::stoull(text) : otherwise;
}

// REDSHANK_SEED=N repeats one sequence, REDSHANK_SEQUENCES=N runs so many (make soak).
TEST(Model, EveryReadableLineComesOnceWhateverHappensToTheLog) {
    const uint64_t first = from_environment("REDSHANK_SEED", 1);
    const uint64_t count = std::getenv("REDSHANK_SEED") ? 1 : from_environment("REDSHANK_SEQUENCES", 1500);
    test::ModelResult all;
    for (uint64_t seed = first; seed < first + count; ++seed) {
        const test::ModelResult one = test::run_model(seed, 60);
        ASSERT_EQ(one.failure, "") << "repeat with REDSHANK_SEED=" << seed;
        all.lines += one.lines;
        all.steps += one.steps;
        all.deaths += one.deaths;
    }
    std::printf("%llu sequences, %llu steps, %llu lines, %llu kills\n",
                static_cast<unsigned long long>(count), static_cast<unsigned long long>(all.steps),
                static_cast<unsigned long long>(all.lines), static_cast<unsigned long long>(all.deaths));
}

}  // namespace
}  // namespace redshank
