#pragma once

#include <string>

namespace redshank {

// How many starts in a row ended because the state could not be used, in a file beside the database. After
// kMost the daemon would be restarted for ever, so it begins with a new state. A kill, or a configuration
// that is refused, is no such start. Where the file cannot be written nothing is counted.
class FailedStarts {
  public:
    static constexpr unsigned kMost = 3;

    explicit FailedStarts(const std::string& database) : file_(database + ".failed-starts") {}

    bool are_too_many() const { return count() >= kMost; }
    unsigned count() const;
    void add() const;
    void forget() const;

  private:
    std::string file_;
};

}  // namespace redshank
