#pragma once

#include <boost/beast/http/message.hpp>
#include <boost/beast/http/string_body.hpp>
#include <functional>
#include <map>
#include <string>

#include "daemon/http/server.h"

namespace redshank {

using HttpAsked = boost::beast::http::request<boost::beast::http::string_body>;
using HttpAnswered = boost::beast::http::response<boost::beast::http::string_body>;

// A short answer in plain text.
HttpAnswered plain_answer(boost::beast::http::status status, const std::string& text);

// The pages by path, and what HTTP asks of an answer: method, Host, compression.
class HttpPages {
  public:
    struct Caller {
        bool is_loopback = false;
        // TLS or a password stands before the pages: no page in somebody's browser gets at them by another
        // name.
        bool is_guarded = false;
        bool is_known = true;  // has shown a password where one is wanted
        std::string user = {};
    };
    HttpPages(std::map<std::string, HttpServer::Handler> gets,
              std::map<std::string, HttpServer::Handler> posts, HttpSite site = {})
        : gets_(std::move(gets)), posts_(std::move(posts)), site_(std::move(site)) {}

    HttpAnswered answer(const HttpAsked& request, const Caller& caller) const;
    // Answers what is the site's; null for another request, and for one that answer() refuses. This must
    // outlive it.
    std::function<HttpAnswered()> slow(const HttpAsked& request, const Caller& caller) const;

  private:
    std::map<std::string, HttpServer::Handler> gets_, posts_;
    HttpSite site_;
};

}  // namespace redshank
