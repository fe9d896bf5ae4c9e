#include "daemon/http/server.h"

#include <pthread.h>

#include <boost/asio/post.hpp>
#include <thread>
#include <utility>

#include "daemon/http/listener.h"

namespace redshank {

struct HttpServer::Impl {
    HttpListener listener;
    std::thread thread;
};

HttpServer::HttpServer(HttpConfig config, std::map<std::string, Handler> handlers,
                       std::map<std::string, Handler> posts, HttpSite site)
    : impl_(new Impl{{std::move(config), {std::move(handlers), std::move(posts), std::move(site)}}, {}}) {}

HttpServer::~HttpServer() {
    stop();
}

void HttpServer::start() {
    impl_->listener.accept();
    impl_->thread = std::thread([impl = impl_.get()] {
        pthread_setname_np(pthread_self(), "http");
        impl->listener.context().run();
    });
}

void HttpServer::stop() {
    if (!impl_->thread.joinable()) return;
    boost::asio::post(impl_->listener.context(), [impl = impl_.get()] { impl->listener.close(); });
    impl_->thread.join();
}

unsigned short HttpServer::port() const {
    return impl_->listener.endpoint().port();
}

std::string HttpServer::address() const {
    const auto endpoint = impl_->listener.endpoint();
    const std::string host = endpoint.address().to_string();
    return (endpoint.address().is_v6() ? "[" + host + "]" : host) + ":" + std::to_string(endpoint.port());
}

bool HttpServer::is_loopback() const {
    return is_loopback_address(impl_->listener.endpoint().address());
}

HttpServer::Guard HttpServer::guard() {
    const auto access = impl_->listener.access();
    return {.has_tls = access->tls() != nullptr, .wants_password = access->wants_password()};
}

}  // namespace redshank
