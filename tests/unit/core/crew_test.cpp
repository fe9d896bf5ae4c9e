#include "core/crew.h"

#include <gmock/gmock.h>

#include <atomic>
#include <latch>
#include <stdexcept>
#include <thread>
#include <vector>

namespace redshank {
namespace {

TEST(Crew, OfOneDoesTheTasksInOrderOnTheCallersThread) {
    Crew crew(1);
    EXPECT_TRUE(crew.is_alone());
    std::vector<int> done;
    const auto caller = std::this_thread::get_id();
    std::vector<Crew::Task> tasks;
    for (int i = 0; i < 4; ++i) {
        tasks.emplace_back([&, i] {
            EXPECT_EQ(std::this_thread::get_id(), caller);
            done.push_back(i);
        });
    }
    crew.run(tasks);
    EXPECT_THAT(done, testing::ElementsAre(0, 1, 2, 3));
}

TEST(Crew, OfSeveralWorksAtTheSameTimeAndWaitsForAll) {
    for (const unsigned size : {2U, 3U}) {
        Crew crew(size);
        EXPECT_FALSE(crew.is_alone());
        for (int round = 0; round < 20; ++round) {
            std::latch all(static_cast<std::ptrdiff_t>(size));  // each task waits for the others
            std::atomic<int> done = 0;
            std::vector<Crew::Task> tasks;
            for (unsigned i = 0; i < size; ++i) {
                tasks.emplace_back([&] {
                    all.arrive_and_wait();
                    ++done;
                });
            }
            for (int i = 0; i < 5; ++i) tasks.emplace_back([&] { ++done; });
            crew.run(tasks);
            EXPECT_EQ(done, static_cast<int>(size) + 5);
        }
        crew.run({});
    }
}

TEST(Crew, ThrowsWhatTheFirstFailureThrewAfterAllHaveEnded) {
    for (const unsigned size : {2U, 3U}) {
        Crew crew(size);
        std::atomic<int> done = 0;
        const std::vector<Crew::Task> tasks{[&] { ++done; }, [] { throw std::runtime_error("first"); },
                                            [] { throw std::runtime_error("second"); }, [&] { ++done; }};
        try {
            crew.run(tasks);
            ADD_FAILURE() << "nothing was thrown";
        } catch (const std::runtime_error& error) {
            EXPECT_STREQ(error.what(), "first");
        }
        EXPECT_EQ(done, 2);
    }
}

}  // namespace
}  // namespace redshank
