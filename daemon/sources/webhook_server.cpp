#include "daemon/sources/webhook_server.h"

#include <fmt/format.h>
#include <pthread.h>

#include <algorithm>
#include <boost/asio/post.hpp>
#include <utility>

#include "daemon/listen_fds.h"
#include "daemon/sources/webhook_session.h"

namespace redshank {

namespace {

namespace asio = boost::asio;
using tcp = asio::ip::tcp;

std::string text_of(const tcp::endpoint& endpoint) {
    const std::string host = endpoint.address().to_string();
    return fmt::format("{}:{}", endpoint.address().is_v6() ? "[" + host + "]" : host, endpoint.port());
}

}  // namespace

void WebhookCounts::answered(int code) {
    const auto place = std::find(kCodes.begin(), kCodes.end(), code);
    if (place != kCodes.end()) ++answers[static_cast<size_t>(place - kCodes.begin())];
}

WebhookServer::WebhookServer(const WebhookSourceConfig& config, WebhookQueue& queue,
                             std::shared_ptr<const WebhookCredentials> credentials)
    : config_(config), queue_(queue), credentials_(std::move(credentials)) {}

WebhookServer::~WebhookServer() {
    stop();
}

void WebhookServer::start() {
    listen_at(acceptor_, config_.listen, "listen");
    address_ = text_of(acceptor_.local_endpoint());
    accept();
    thread_ = std::thread([this] {
        pthread_setname_np(pthread_self(), "webhook");
        context_.run();
    });
}

void WebhookServer::stop() {
    if (!thread_.joinable()) return;
    asio::post(context_, [this] { close(); });
    thread_.join();
}

void WebhookServer::use(std::shared_ptr<const WebhookCredentials> credentials) {
    asio::post(context_, [this, next = std::move(credentials)]() mutable { credentials_ = std::move(next); });
}

void WebhookServer::durable(std::vector<BodyHash> bodies) {
    if (bodies.empty()) return;
    asio::post(context_, [this, bodies = std::move(bodies)] {
        for (const BodyHash& body : bodies) {
            const auto waiting = waiting_.find(body);
            if (waiting == waiting_.end()) continue;
            const Waiting sessions = std::move(waiting->second);
            waiting_.erase(waiting);
            for (const auto& weak : sessions) {
                if (const auto session = weak.lock()) session->durable(body);
            }
        }
    });
}

void WebhookServer::entered(WebhookSession& session) {
    sessions_.insert(&session);
    counts_.connections = sessions_.size();
}

void WebhookServer::left(WebhookSession& session) {
    sessions_.erase(&session);
    counts_.connections = sessions_.size();
    if (is_stopping_) {
        if (sessions_.empty()) farewell_.cancel();
    } else {
        accept();
    }
}

void WebhookServer::wait_for(const BodyHash& body, std::weak_ptr<WebhookSession> session) {
    waiting_[body].push_back(std::move(session));
}

void WebhookServer::stop_waiting(const BodyHash& body) {
    const auto waiting = waiting_.find(body);
    if (waiting == waiting_.end()) return;
    std::erase_if(waiting->second, [](const auto& session) {
        const auto alive = session.lock();
        return !alive || !alive->is_waiting();
    });
    if (waiting->second.empty()) waiting_.erase(waiting);
}

void WebhookServer::accept() {
    if (is_accepting_ || !acceptor_.is_open()) return;
    if (sessions_.size() >= config_.max_connections) return make_room();
    is_accepting_ = true;
    acceptor_.async_accept([this](boost::system::error_code error, tcp::socket socket) {
        is_accepting_ = false;
        if (!error) {
            std::make_shared<WebhookSession>(std::move(socket), *this, credentials_)->start();
            accept();
        } else if (acceptor_.is_open()) {  // out of file descriptors: try again in a moment
            retry_.expires_after(std::chrono::milliseconds{100});
            retry_.async_wait([this](boost::system::error_code) { accept(); });
        }
    });
}

// Its end makes the room, and accepts.
void WebhookServer::make_room() {
    WebhookSession* longest = nullptr;
    const auto rank = [](const WebhookSession& session) {
        return std::pair(session.has_posted(), *session.idle_since());
    };
    for (WebhookSession* session : sessions_) {
        if (!session->idle_since()) continue;
        if (!longest || rank(*session) < rank(*longest)) longest = session;
    }
    if (!longest) return;
    ++counts_.evicted;
    longest->close();
}

void WebhookServer::close() {
    is_stopping_ = true;
    boost::system::error_code ignored;
    acceptor_.close(ignored);
    retry_.cancel();
    if (sessions_.empty()) return;
    farewell_.expires_after(config_.farewell);
    farewell_.async_wait([this](boost::system::error_code) {
        for (WebhookSession* session : sessions_) session->close();
    });
    for (WebhookSession* session : sessions_) session->stop();
}

}  // namespace redshank
