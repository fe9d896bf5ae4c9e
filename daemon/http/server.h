// The daemon's own small HTTP server: /metrics, /healthz, /readyz, /status, /-/reload on one thread, named
// "http", and the pages for people (daemon/pages) on another, named "pages".
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "daemon/http/http_config.h"

namespace redshank {

struct HttpQuery {
    std::string path;    // without the query
    std::string query;   // the part after '?'
    std::string accept;  // the header
    bool from_loopback = false;
    // Host is an address or localhost. A page of somebody else's cannot have such a name, but any other one
    // by DNS, and read with it through a browser on this host what listens here.
    bool has_own_host = true;
    // Of a site (below) only.
    bool is_post = false;
    std::string body;                      // of a POST
    std::string host, origin, fetch_site;  // the headers Host, Origin, Sec-Fetch-Site
    std::string user;                      // who has shown the password; "" where none is wanted
};

struct HttpReply {
    int status = 200;
    std::string content_type = "text/plain; charset=utf-8";
    std::string body;
    std::vector<std::pair<std::string, std::string>> headers = {};
};

// Pages that take their time: answered one at a time on a thread of their own.
struct HttpSite {
    std::function<bool(const std::string& path)> has;   // any thread
    std::function<HttpReply(const HttpQuery&)> answer;  // GET, HEAD and POST; may not throw
};

// GET and HEAD, and POST without a body for `posts`, which no browser may send. Bodies are compressed when
// the client takes gzip. Handlers run on the server's thread: they must be quick and may not throw.
class HttpServer {
  public:
    using Handler = std::function<HttpReply(const HttpQuery&)>;

    // Throws std::runtime_error when the address cannot be used: what, why, and what to do; ConfigError of
    // the web configuration file.
    HttpServer(HttpConfig config, std::map<std::string, Handler> handlers,
               std::map<std::string, Handler> posts = {}, HttpSite site = {});
    ~HttpServer();  // stops
    HttpServer(const HttpServer&) = delete;
    HttpServer& operator=(const HttpServer&) = delete;

    void start();
    void stop();
    unsigned short port() const;
    std::string address() const;  // "127.0.0.1:9465", as it is
    bool is_loopback() const;     // other hosts cannot reach it
    struct Guard {
        bool has_tls = false, wants_password = false;
    };
    Guard guard();  // before start()

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace redshank
