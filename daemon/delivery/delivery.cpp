#include "daemon/delivery/delivery.h"

#include <pthread.h>

#include <algorithm>

#include "daemon/delivery/dispatcher.h"

namespace redshank {

namespace {

constexpr audit::Duration kLongestWait = std::chrono::seconds{1};

audit::Time wall_clock() {
    return std::chrono::time_point_cast<audit::Duration>(std::chrono::system_clock::now());
}

}  // namespace

struct Delivery::Impl {
    Impl(Config given, Metrics& metrics)
        : config(std::move(given)),
          transport(make_transport()),
          dispatcher(config.receivers, *transport, metrics) {}

    void run();

    const Config config;
    std::unique_ptr<Transport> transport;
    Dispatcher dispatcher;  // the thread's
    std::thread thread;
    std::mutex mutex;  // guards `handed_over` and `stop_by`
    std::vector<Finding> handed_over;
    audit::Time stop_by = audit::Time::max();
};

void Delivery::Impl::run() {
    pthread_setname_np(pthread_self(), "delivery");
    for (;;) {
        std::vector<Finding> findings;
        audit::Time stop;
        {
            const std::lock_guard lock(mutex);
            findings.swap(handed_over);
            stop = stop_by;
        }
        const audit::Time now = wall_clock();
        for (const Finding& finding : findings) dispatcher.accept(finding, now);
        dispatcher.turn(now);
        const bool stopping = stop != audit::Time::max();
        if (stopping && (dispatcher.idle() || now >= stop)) return;
        const audit::Duration until_due = std::max(dispatcher.due(now) - now, audit::Duration{0});
        for (const auto& [token, answer] : transport->poll(std::min(until_due, kLongestWait))) {
            dispatcher.answered(token, answer, wall_clock());
        }
    }
}

Delivery::Delivery(Config config, Metrics& metrics)
    : impl_(std::make_unique<Impl>(std::move(config), metrics)) {}

Delivery::~Delivery() {
    stop();
}

void Delivery::start() {
    impl_->thread = std::thread([impl = impl_.get()] { impl->run(); });
}

void Delivery::stop(audit::Duration grace) {
    if (!impl_->thread.joinable()) return;
    {
        const std::lock_guard lock(impl_->mutex);
        impl_->stop_by = wall_clock() + grace;
    }
    notify();
    impl_->thread.join();
}

void Delivery::notify() {
    impl_->transport->wake();
}

void Delivery::hand_over(std::vector<Finding> findings) {
    {
        const std::lock_guard lock(impl_->mutex);
        auto& queue = impl_->handed_over;
        queue.insert(queue.end(), std::make_move_iterator(findings.begin()),
                     std::make_move_iterator(findings.end()));
    }
    notify();
}

}  // namespace redshank
