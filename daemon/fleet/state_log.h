#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace redshank {

// Where a worker's state is copied to, so that it outlives the worker's disk: the newest value of each key.
// kafka_state_log.h keeps it in a topic; tests play one. All calls come from one thread at a time.
class StateLog {
  public:
    virtual ~StateLog() = default;

    // Nothing: the row is gone.
    using Row = std::function<void(std::string_view key, std::optional<std::string_view> value)>;

    // Becomes the only writer: what an earlier one has begun is undone, and it can write no more. Throws
    // std::runtime_error with what to do.
    virtual void claim() = 0;
    // Everything that is kept, later values of a key after earlier ones. After claim(). Throws
    // std::runtime_error.
    virtual void read(const Row& row) = 0;
    // Writes the rows that `fill` gives to its argument, all or none. `fill` returns false for none. False
    // when they are not kept, or it is not known: problem() then says why, in words for people.
    virtual bool write(const std::function<bool(const Row&)>& fill) = 0;
    virtual const std::string& problem() const = 0;
    // Another has claimed it since: nothing can be written any more.
    virtual bool is_lost() const = 0;
};

}  // namespace redshank
