#pragma once

#include <functional>
#include <memory>
#include <span>

namespace redshank {

// Threads that share work with the one that calls.
class Crew {
  public:
    // Of so many threads, the caller included: with one, everything is done by the caller.
    explicit Crew(unsigned size);
    ~Crew();

    bool is_alone() const { return threads_ == nullptr; }

    // Does all tasks, begun in this order by whoever is free, and returns when all have ended. Throws what
    // the first of them threw that failed.
    using Task = std::function<void()>;
    void run(std::span<const Task> tasks);

  private:
    struct Threads;
    std::unique_ptr<Threads> threads_;  // null with one
};

}  // namespace redshank
