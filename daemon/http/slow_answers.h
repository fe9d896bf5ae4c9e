#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/thread_pool.hpp>
#include <functional>
#include <optional>

#include "daemon/http/pages.h"

namespace redshank {

// Makes answers on a thread of its own, "pages", one at a time, so that those that are quick wait for none.
// All calls on the thread of `answers`.
class SlowAnswers {
  public:
    static constexpr size_t kMost = 32;  // that wait; further ones are refused

    explicit SlowAnswers(boost::asio::io_context& answers) : answers_(answers) {}
    ~SlowAnswers();
    SlowAnswers(const SlowAnswers&) = delete;
    SlowAnswers& operator=(const SlowAnswers&) = delete;

    // Calls done(make()) later; `answers` runs until then. False: too many wait.
    bool work(std::function<HttpAnswered()> make, std::function<void(HttpAnswered)> done);

  private:
    boost::asio::io_context& answers_;
    size_t waiting_ = 0;
    std::optional<boost::asio::thread_pool> thread_;  // from the first one
};

}  // namespace redshank
