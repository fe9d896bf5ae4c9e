// A minimal HTTP/1.1 server on loopback, for tests that play a receiver.
#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <list>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace redshank::test {

struct Request {
    std::string method, target, body;
    std::map<std::string, std::string> headers;  // names in lower case
};

struct Response {
    int status = 200;
    std::string body;
    std::map<std::string, std::string> headers;
    enum class Manner { Answer, Reset, BlackHole } manner = Manner::Answer;  // BlackHole: never answers
};

// Answers each request with the handler, which several threads may call at once (one for each connection).
class HttpServer {
  public:
    using Handler = std::function<Response(const Request&)>;
    explicit HttpServer(Handler handler, unsigned short port = 0);
    ~HttpServer();  // closes every connection
    HttpServer(const HttpServer&) = delete;
    HttpServer& operator=(const HttpServer&) = delete;

    unsigned short port() const { return port_; }
    std::string url(const std::string& path = "/") const;

    std::vector<Request> requests() const;
    size_t connections() const { return accepted_; }
    // False when fewer requests arrived within 20 s.
    bool wait_for(size_t requests) const;

  private:
    void accept_loop();
    void serve(int fd);
    bool serve_one(int fd, std::string& buffer);

    Handler handler_;
    int listener_ = -1;
    unsigned short port_ = 0;
    std::atomic<bool> stopping_{false};
    std::atomic<size_t> accepted_{0};
    mutable std::mutex mutex_;  // guards the next three members
    mutable std::condition_variable came_;
    std::vector<Request> requests_;
    std::vector<int> open_;
    std::list<std::thread> workers_;
    std::thread acceptor_;
};

}  // namespace redshank::test
