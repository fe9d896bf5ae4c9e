// The daemon's own small HTTP server: /metrics, /healthz, /readyz, /status, /-/reload. One thread, named
// "http".
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <string>

namespace redshank {

struct HttpQuery {
    std::string path;    // without the query
    std::string query;   // what stands behind '?'
    std::string accept;  // the header
    bool from_loopback = false;
};

struct HttpReply {
    int status = 200;
    std::string content_type = "text/plain; charset=utf-8";
    std::string body;
};

// [http]
struct HttpConfig {
    std::string listen = "127.0.0.1:9465";  // "address:port", "[::1]:port"; port 0: any free one
    size_t max_connections = 64;            // further ones wait in the kernel's backlog
    std::chrono::milliseconds timeout =
        std::chrono::seconds{10};  // for a request, an answer, an idle connection
    std::string reload = "off";    // from where POST /-/reload is taken: off | loopback | any
};

// GET and HEAD, and POST without a body for `posts`, which no browser may send. Bodies are compressed when
// the client takes gzip. Handlers run on the server's thread: they must be quick and may not throw.
class HttpServer {
  public:
    using Handler = std::function<HttpReply(const HttpQuery&)>;

    // Throws std::runtime_error when the address cannot be used: what, why, and what to do.
    HttpServer(HttpConfig config, std::map<std::string, Handler> handlers,
               std::map<std::string, Handler> posts = {});
    ~HttpServer();  // stops
    HttpServer(const HttpServer&) = delete;
    HttpServer& operator=(const HttpServer&) = delete;

    void start();
    void stop();
    unsigned short port() const;
    std::string address() const;  // "127.0.0.1:9465", as it is
    bool is_loopback() const;     // nobody else can reach it

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace redshank
