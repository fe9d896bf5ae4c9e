#include "core/crew.h"

#include <algorithm>
#include <atomic>
#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>
#include <exception>
#include <latch>
#include <vector>

namespace redshank {

struct Crew::Threads {
    explicit Threads(unsigned count_) : count(count_), pool(count_) {}
    const unsigned count;
    boost::asio::thread_pool pool;
};

Crew::Crew(unsigned size) {
    if (size > 1) threads_ = std::make_unique<Threads>(size - 1);
}

Crew::~Crew() = default;

void Crew::run(std::span<const Task> tasks) {
    if (is_alone()) {
        for (const Task& task : tasks) task();
        return;
    }
    std::atomic<size_t> next = 0;
    std::vector<std::exception_ptr> failures(tasks.size());
    const auto work = [&] {
        for (size_t i = next++; i < tasks.size(); i = next++) {
            try {
                tasks[i]();
            } catch (...) {
                failures[i] = std::current_exception();
            }
        }
    };
    const auto helpers = std::min<size_t>(threads_->count, tasks.size());
    std::latch done(static_cast<std::ptrdiff_t>(helpers));
    for (size_t i = 0; i < helpers; ++i) {
        boost::asio::post(threads_->pool, [&] {
            work();
            done.count_down();
        });
    }
    work();
    done.wait();
    for (const std::exception_ptr& failure : failures) {
        if (failure) std::rethrow_exception(failure);
    }
}

}  // namespace redshank
