// Runs one of the strict receivers of tests/support/receivers in a process of its own.
#pragma once

#include <sys/types.h>

#include <string>

namespace redshank::test {

class ReceiverServer {
  public:
    explicit ReceiverServer(const std::string& kind);  // `kind` is the name of a file there, such as "slack"
    ~ReceiverServer();
    ReceiverServer(const ReceiverServer&) = delete;
    ReceiverServer& operator=(const ReceiverServer&) = delete;

    const std::string& url() const { return url_; }
    // Stops the server and returns the sender's mistakes, one on each line; "" for none.
    std::string violations();

  private:
    std::string read_to(char end);

    pid_t pid_ = -1;
    int in_ = -1, out_ = -1;
    std::string url_;
};

}  // namespace redshank::test
