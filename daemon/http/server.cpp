#include "daemon/http/server.h"

#include <pthread.h>
#include <zlib.h>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <optional>
#include <set>
#include <stdexcept>
#include <thread>

#include "daemon/http/endpoint.h"

namespace redshank {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using tcp = asio::ip::tcp;

namespace {

constexpr size_t kWorthCompressing = 1400;

bool is_loopback_address(const asio::ip::address& address) {
    if (address.is_v6() && address.to_v6().is_v4_mapped()) {
        return asio::ip::make_address_v4(asio::ip::v4_mapped, address.to_v6()).is_loopback();
    }
    return address.is_loopback();
}

// An address or "localhost": a page cannot take such a name for itself, as it can any other one by DNS.
bool is_own_name(std::string_view host) {
    if (const size_t port = host.rfind(':'); port != host.npos && host.back() != ']') {
        host = host.substr(0, port);
    }
    if (host.size() > 2 && host.front() == '[' && host.back() == ']') host = host.substr(1, host.size() - 2);
    beast::error_code error;
    asio::ip::make_address(std::string(host), error);
    return !error || beast::iequals({host.data(), host.size()}, "localhost");
}

// A page in somebody's browser may send a POST to any address that the browser reaches; browsers say so.
const char* why_refused(const http::request<http::empty_body>& post) {
    if (post.find(http::field::origin) != post.end() || post.find("Sec-Fetch-Site") != post.end()) {
        return "not from a browser\n";
    }
    const auto host = post.find(http::field::host);
    if (host != post.end() && !is_own_name({host->value().data(), host->value().size()})) {
        return "POST wants an address or localhost as Host\n";
    }
    return nullptr;
}

std::string gzip(const std::string& text) {
    z_stream stream{};
    if (deflateInit2(&stream, Z_BEST_SPEED, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) != Z_OK) return {};
    std::string out(deflateBound(&stream, text.size()), '\0');
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
    stream.avail_in = static_cast<uInt>(text.size());
    stream.next_out = reinterpret_cast<Bytef*>(out.data());
    stream.avail_out = static_cast<uInt>(out.size());
    const int result = deflate(&stream, Z_FINISH);
    out.resize(stream.total_out);
    deflateEnd(&stream);
    return result == Z_STREAM_END ? out : std::string{};
}

}  // namespace

struct HttpServer::Impl {
    // One connection: read a request, write its answer, again. Lives as long as one of its operations is
    // under way.
    class Session : public std::enable_shared_from_this<Session> {
      public:
        Session(tcp::socket socket, Impl& server) : stream_(std::move(socket)), server_(server) {
            server_.sessions.insert(this);
        }
        ~Session() {
            server_.sessions.erase(this);
            server_.accept();
        }
        void read();
        void close() { stream_.close(); }

      private:
        void write();

        beast::tcp_stream stream_;
        Impl& server_;
        beast::flat_buffer buffer_;
        std::optional<http::request_parser<http::empty_body>> parser_;
        http::response<http::string_body> response_;
    };

    void accept();
    void close();
    http::response<http::string_body> answer(const http::request<http::empty_body>& request,
                                             bool from_loopback) const;

    HttpConfig config;
    std::map<std::string, Handler> handlers, posts;
    asio::io_context context{1};
    tcp::acceptor acceptor{context};
    asio::steady_timer retry{context};
    std::set<Session*> sessions;
    bool accepting = false;
    std::thread thread;
};

http::response<http::string_body> HttpServer::Impl::answer(const http::request<http::empty_body>& request,
                                                           bool from_loopback) const {
    const auto plain = [](http::status status, const std::string& text) {
        http::response<http::string_body> out{status, 11};
        out.set(http::field::content_type, "text/plain; charset=utf-8");
        out.body() = text;
        return out;
    };
    const std::string target(request.target());
    const size_t mark = target.find('?');
    const HttpQuery query{target.substr(0, mark), mark == std::string::npos ? "" : target.substr(mark + 1),
                          std::string(request[http::field::accept]), from_loopback};
    const bool is_post = request.method() == http::verb::post;
    const bool is_get = request.method() == http::verb::get || request.method() == http::verb::head;
    const bool wants_post = posts.contains(query.path);
    if (wants_post ? !is_post : !is_get) {
        auto out =
            plain(http::status::method_not_allowed, wants_post ? "POST only\n" : "GET and HEAD only\n");
        out.set(http::field::allow, wants_post ? "POST" : "GET, HEAD");
        return out;
    }
    const auto& candidates = wants_post ? posts : handlers;
    const auto handler = candidates.find(query.path);
    if (handler == candidates.end()) {
        std::string known = "Not found. There is:";
        for (const auto& [path, unused] : handlers) known += " " + path;
        return plain(http::status::not_found, known + "\n");
    }
    if (const char* why = wants_post ? why_refused(request) : nullptr) {
        return plain(http::status::forbidden, why);
    }
    HttpReply reply = handler->second(query);
    http::response<http::string_body> out{http::int_to_status(static_cast<unsigned>(reply.status)), 11};
    out.set(http::field::content_type, reply.content_type);
    out.set(http::field::cache_control, "no-store");
    const bool takes_gzip = request[http::field::accept_encoding].find("gzip") != beast::string_view::npos;
    if (takes_gzip && reply.body.size() >= kWorthCompressing) {
        if (std::string packed = gzip(reply.body); !packed.empty()) {
            out.set(http::field::content_encoding, "gzip");
            reply.body = std::move(packed);
        }
    }
    out.body() = std::move(reply.body);
    return out;
}

void HttpServer::Impl::Session::read() {
    parser_.emplace();
    parser_->header_limit(8 * 1024);
    parser_->body_limit(0);
    stream_.expires_after(server_.config.timeout);
    http::async_read(stream_, buffer_, *parser_,
                     [self = shared_from_this()](beast::error_code error, size_t) {
                         if (!error) self->write();
                     });
}

void HttpServer::Impl::Session::write() {
    const auto& request = parser_->get();
    beast::error_code gone;
    const auto peer = stream_.socket().remote_endpoint(gone);
    response_ = server_.answer(request, !gone && is_loopback_address(peer.address()));
    response_.version(request.version());
    response_.keep_alive(request.keep_alive());
    response_.prepare_payload();
    if (request.method() == http::verb::head) response_.body().clear();  // its length stays in the header
    stream_.expires_after(server_.config.timeout);
    http::async_write(stream_, response_, [self = shared_from_this()](beast::error_code error, size_t) {
        if (!error && self->response_.keep_alive()) self->read();
    });
}

void HttpServer::Impl::accept() {
    if (accepting || !acceptor.is_open() || sessions.size() >= config.max_connections) return;
    accepting = true;
    acceptor.async_accept([this](beast::error_code error, tcp::socket socket) {
        accepting = false;
        if (!error) {
            std::make_shared<Session>(std::move(socket), *this)->read();
            accept();
        } else if (acceptor.is_open()) {  // out of file descriptors: try again in a moment
            retry.expires_after(std::chrono::milliseconds{100});
            retry.async_wait([this](beast::error_code) { accept(); });
        }
    });
}

void HttpServer::Impl::close() {
    beast::error_code ignored;
    acceptor.close(ignored);
    retry.cancel();
    for (Session* session : sessions) session->close();
}

HttpServer::HttpServer(HttpConfig config, std::map<std::string, Handler> handlers,
                       std::map<std::string, Handler> posts)
    : impl_(std::make_unique<Impl>()) {
    impl_->config = std::move(config);
    impl_->handlers = std::move(handlers);
    impl_->posts = std::move(posts);
    const std::optional<tcp::endpoint> endpoint = parse_endpoint(impl_->config.listen);
    if (!endpoint) {
        throw std::runtime_error("http.listen \"" + impl_->config.listen + "\": " + kEndpointForm);
    }
    beast::error_code error;
    impl_->acceptor.open(endpoint->protocol(), error);
    if (!error) impl_->acceptor.set_option(asio::socket_base::reuse_address(true), error);
    if (!error) impl_->acceptor.bind(*endpoint, error);
    if (!error) impl_->acceptor.listen(asio::socket_base::max_listen_connections, error);
    if (error == asio::error::address_in_use) {
        throw std::runtime_error("http.listen " + impl_->config.listen +
                                 ": another program uses this port; stop it or choose another one");
    }
    if (error) throw std::runtime_error("http.listen " + impl_->config.listen + ": " + error.message());
}

HttpServer::~HttpServer() {
    stop();
}

void HttpServer::start() {
    impl_->accept();
    impl_->thread = std::thread([impl = impl_.get()] {
        pthread_setname_np(pthread_self(), "http");
        impl->context.run();
    });
}

void HttpServer::stop() {
    if (!impl_->thread.joinable()) return;
    asio::post(impl_->context, [impl = impl_.get()] { impl->close(); });
    impl_->thread.join();
}

unsigned short HttpServer::port() const {
    return impl_->acceptor.local_endpoint().port();
}

std::string HttpServer::address() const {
    const tcp::endpoint endpoint = impl_->acceptor.local_endpoint();
    const std::string host = endpoint.address().to_string();
    return (endpoint.address().is_v6() ? "[" + host + "]" : host) + ":" + std::to_string(endpoint.port());
}

bool HttpServer::is_loopback() const {
    return is_loopback_address(impl_->acceptor.local_endpoint().address());
}

}  // namespace redshank
