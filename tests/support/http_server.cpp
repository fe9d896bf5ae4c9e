#include "tests/support/http_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <stdexcept>

namespace redshank::test {

namespace {

bool receive(int fd, std::string& buffer) {
    char chunk[16384];
    const ssize_t got = ::recv(fd, chunk, sizeof chunk, 0);
    if (got <= 0) return false;
    buffer.append(chunk, static_cast<size_t>(got));
    return true;
}

void send_all(int fd, const std::string& text) {
    for (size_t at = 0; at < text.size();) {
        const ssize_t sent = ::send(fd, text.data() + at, text.size() - at, MSG_NOSIGNAL);
        if (sent <= 0) return;
        at += static_cast<size_t>(sent);
    }
}

Request parse_head(const std::string& head) {
    Request request;
    size_t at = head.find("\r\n");
    const std::string first = head.substr(0, at);
    const size_t space = first.find(' '), second = first.find(' ', space + 1);
    request.method = first.substr(0, space);
    request.target = first.substr(space + 1, second - space - 1);
    while (at < head.size()) {
        const size_t start = at + 2, end = std::min(head.find("\r\n", start), head.size());
        const size_t colon = head.find(':', start);
        if (colon < end) {
            std::string name = head.substr(start, colon - start);
            std::transform(name.begin(), name.end(), name.begin(),
                           [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
            size_t value = colon + 1;
            while (value < end && head[value] == ' ') ++value;
            request.headers[name] = head.substr(value, end - value);
        }
        at = end;
    }
    return request;
}

}  // namespace

HttpServer::HttpServer(Handler handler, unsigned short port) : handler_(std::move(handler)) {
    listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const int on = 1;
    ::setsockopt(listener_, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(port);
    socklen_t size = sizeof address;
    if (::bind(listener_, reinterpret_cast<sockaddr*>(&address), size) != 0 || ::listen(listener_, 64) != 0) {
        throw std::runtime_error("test server cannot listen");
    }
    ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
    acceptor_ = std::thread([this] { accept_loop(); });
}

HttpServer::~HttpServer() {
    stopping_ = true;
    ::shutdown(listener_, SHUT_RDWR);
    acceptor_.join();
    ::close(listener_);
    {
        const std::lock_guard lock(mutex_);
        for (const int fd : open_) ::shutdown(fd, SHUT_RDWR);
    }
    for (std::thread& worker : workers_) worker.join();
}

std::string HttpServer::url(const std::string& path) const {
    return "http://127.0.0.1:" + std::to_string(port_) + path;
}

std::vector<Request> HttpServer::requests() const {
    const std::lock_guard lock(mutex_);
    return requests_;
}

bool HttpServer::wait_for(size_t requests) const {
    std::unique_lock lock(mutex_);
    return came_.wait_for(lock, std::chrono::seconds{20}, [&] { return requests_.size() >= requests; });
}

void HttpServer::accept_loop() {
    while (!stopping_) {
        const int fd = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
        if (fd < 0) return;
        const int on = 1;
        ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        ++accepted_;
        const std::lock_guard lock(mutex_);
        open_.push_back(fd);
        workers_.emplace_back([this, fd] { serve(fd); });
    }
}

void HttpServer::serve(int fd) {
    std::string buffer;
    while (!stopping_ && serve_one(fd, buffer)) {
    }
    const std::lock_guard lock(mutex_);
    open_.erase(std::find(open_.begin(), open_.end(), fd));
    ::close(fd);
}

bool HttpServer::serve_one(int fd, std::string& buffer) {
    size_t head = 0;
    while ((head = buffer.find("\r\n\r\n")) == std::string::npos) {
        if (!receive(fd, buffer)) return false;
    }
    Request request = parse_head(buffer.substr(0, head));
    const size_t length =
        request.headers.contains("content-length") ? std::stoul(request.headers["content-length"]) : 0;
    while (buffer.size() < head + 4 + length) {
        if (!receive(fd, buffer)) return false;
    }
    request.body = buffer.substr(head + 4, length);
    buffer.erase(0, head + 4 + length);

    const Response response = handler_(request);
    {
        const std::lock_guard lock(mutex_);
        requests_.push_back(std::move(request));
    }
    if (response.manner == Response::Manner::Answer) {
        std::string text = "HTTP/1.1 " + std::to_string(response.status) +
                           " X\r\nContent-Length: " + std::to_string(response.body.size()) + "\r\n";
        for (const auto& [name, value] : response.headers) text += name + ": " + value + "\r\n";
        send_all(fd, text + "\r\n" + response.body);
    }
    came_.notify_all();
    if (response.manner == Response::Manner::Reset) {
        const linger now{1, 0};
        ::setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
        return false;
    }
    if (response.manner == Response::Manner::BlackHole) {
        while (receive(fd, buffer)) {
        }
        return false;
    }
    return true;
}

}  // namespace redshank::test
