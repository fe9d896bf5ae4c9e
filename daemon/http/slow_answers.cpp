#include "daemon/http/slow_answers.h"

#include <pthread.h>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <memory>
#include <utility>

namespace redshank {

namespace asio = boost::asio;

SlowAnswers::~SlowAnswers() {
    if (thread_) thread_->join();
}

bool SlowAnswers::work(std::function<HttpAnswered()> make, std::function<void(HttpAnswered)> done) {
    if (waiting_ >= kMost) return false;
    ++waiting_;
    if (!thread_) {
        thread_.emplace(1);
        asio::post(*thread_, [] { pthread_setname_np(pthread_self(), "pages"); });
    }
    asio::post(*thread_, [this, guard = asio::make_work_guard(answers_), make = std::move(make),
                          done = std::move(done)]() mutable {
        auto answer = std::make_shared<HttpAnswered>(make());
        asio::post(answers_, [this, answer, done = std::move(done)] {
            --waiting_;
            done(std::move(*answer));
        });
        guard.reset();
    });
    return true;
}

}  // namespace redshank
