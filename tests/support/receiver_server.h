// A strict receiver of tests/support/receivers, as a process of its own.
#pragma once

#include <sys/types.h>

#include <string>

namespace redshank::test {

class ReceiverServer {
  public:
    explicit ReceiverServer(const std::string& kind);  // "slack", …: a file of that folder
    ~ReceiverServer();
    ReceiverServer(const ReceiverServer&) = delete;
    ReceiverServer& operator=(const ReceiverServer&) = delete;

    const std::string& url() const { return url_; }
    // Ends it. What the sender did wrong, one a line; "" when nothing.
    std::string violations();

  private:
    std::string read_to(char end);

    pid_t pid_ = -1;
    int in_ = -1, out_ = -1;
    std::string url_;
};

}  // namespace redshank::test
