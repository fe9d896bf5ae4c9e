#include "daemon/http/server.h"

#include <pthread.h>
#include <zlib.h>

#include <array>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <chrono>
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

using HttpRequest = http::request<http::string_body>;

constexpr size_t kWorthCompressing = 1400;
constexpr uint32_t kHeaders = 8 * 1024;
constexpr uint64_t kBody = 64 * 1024;  // of a POST; its content is ignored

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
const char* why_refused(const HttpRequest& post) {
    if (post.find(http::field::origin) != post.end() || post.find("Sec-Fetch-Site") != post.end()) {
        return "not from a browser\n";
    }
    const auto host = post.find(http::field::host);
    if (host != post.end() && !is_own_name({host->value().data(), host->value().size()})) {
        return "POST wants an address or localhost as Host\n";
    }
    return nullptr;
}

// Accept-Encoding names gzip (or anything) and does not give it q=0 (RFC 9110 §12.5.3).
bool takes_gzip(beast::string_view accepted) {
    bool takes = false;
    for (const auto& coding : http::ext_list(accepted)) {
        if (!beast::iequals(coding.first, "gzip") && coding.first != "*") continue;
        takes = true;
        for (const auto& [name, value] : coding.second) {
            if (beast::iequals(name, "q") && value.find_first_not_of("0.") == value.npos) return false;
        }
    }
    return takes;
}

// "/metrics" of "http://localhost/metrics", which a proxy may write.
std::string path_and_query(beast::string_view target) {
    std::string out(target);
    const size_t scheme = out.find("://");
    if (out.starts_with('/') || scheme == out.npos) return out;
    const size_t path = out.find('/', scheme + 3);
    return path == out.npos ? "/" : out.substr(path);
}

// The problem with a complete request; null when there is none.
const char* why_bad(const HttpRequest& request) {
    const auto hosts = request.count(http::field::host);
    if (hosts > 1) return "more than one Host\n";
    return hosts == 0 && request.version() == 11 ? "no Host\n" : nullptr;
}

// The answer to what could not be read; nothing for a connection that has just ended.
std::optional<std::pair<http::status, const char*>> answer_to(beast::error_code error) {
    if (error == http::error::header_limit)
        return {{http::status::request_header_fields_too_large, "headers of at most 8 KiB\n"}};
    if (error == http::error::body_limit)
        return {{http::status::payload_too_large, "a body of at most 64 KiB\n"}};
    if (error == http::error::end_of_stream || error == http::error::partial_message) return std::nullopt;
    static const auto& category = make_error_code(http::error::bad_method).category();
    if (error.category() != category) return std::nullopt;
    return {{http::status::bad_request, "this is HTTP/1.1 without TLS: GET /metrics\n"}};
}

http::response<http::string_body> plain(http::status status, const std::string& text) {
    http::response<http::string_body> out{status, 11};
    out.set(http::field::content_type, "text/plain; charset=utf-8");
    out.body() = text;
    return out;
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
    // One connection, which reads a request and writes its answer, repeatedly. Lives as long as one of its
    // operations is pending.
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
        void close() {
            reading_since_.reset();
            stream_.close();
        }
        // Since when the server has waited for the client's request; nothing while it answers.
        std::optional<std::chrono::steady_clock::time_point> reading_since() const { return reading_since_; }

      private:
        void write();
        void refuse(http::response<http::string_body> response);

        beast::tcp_stream stream_;
        Impl& server_;
        beast::flat_buffer buffer_;
        std::optional<http::request_parser<http::string_body>> parser_;
        http::response<http::string_body> response_;
        std::optional<std::chrono::steady_clock::time_point> reading_since_;
    };

    void accept();
    bool make_room();
    void close();
    http::response<http::string_body> answer(const HttpRequest& request, bool from_loopback) const;

    HttpConfig config;
    std::map<std::string, Handler> handlers, posts;
    asio::io_context context{1};
    tcp::acceptor acceptor{context};
    asio::steady_timer retry{context};
    std::set<Session*> sessions;
    bool accepting = false;
    std::thread thread;
};

http::response<http::string_body> HttpServer::Impl::answer(const HttpRequest& request,
                                                           bool from_loopback) const {
    if (const char* why = why_bad(request)) return plain(http::status::bad_request, why);
    const std::string target = path_and_query(request.target());
    const auto host = request[http::field::host];
    const size_t mark = target.find('?');
    const HttpQuery query{target.substr(0, mark), mark == std::string::npos ? "" : target.substr(mark + 1),
                          std::string(request[http::field::accept]), from_loopback,
                          host.empty() || is_own_name({host.data(), host.size()})};
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
    if (takes_gzip(request[http::field::accept_encoding]) && reply.body.size() >= kWorthCompressing) {
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
    parser_->header_limit(kHeaders);
    parser_->body_limit(kBody);
    reading_since_ = std::chrono::steady_clock::now();
    stream_.expires_after(server_.config.timeout);
    http::async_read(stream_, buffer_, *parser_,
                     [self = shared_from_this()](beast::error_code error, size_t) {
                         self->reading_since_.reset();
                         if (!error) return self->write();
                         if (const auto answer = answer_to(error))
                             self->refuse(plain(answer->first, answer->second));
                     });
}

void HttpServer::Impl::Session::refuse(http::response<http::string_body> response) {
    response_ = std::move(response);
    response_.keep_alive(false);
    response_.prepare_payload();
    stream_.expires_after(server_.config.timeout);
    http::async_write(stream_, response_, [self = shared_from_this()](beast::error_code, size_t) {
        // Unread data would make the kernel reset the connection and lose the answer.
        beast::error_code ignored;
        self->stream_.socket().shutdown(tcp::socket::shutdown_send, ignored);
        std::array<char, 16 * 1024> rest;
        self->stream_.socket().non_blocking(true, ignored);
        while (!ignored && self->stream_.socket().read_some(asio::buffer(rest), ignored) > 0) {
        }
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
    if (accepting || !acceptor.is_open()) return;
    if (sessions.size() >= config.max_connections && !make_room()) return;
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

// Closes the connection that has kept the server waiting longest for its request, so that clients that
// connect and send nothing keep nobody out.
bool HttpServer::Impl::make_room() {
    Session* slowest = nullptr;
    for (Session* session : sessions) {
        const auto since = session->reading_since();
        if (since && (!slowest || since < slowest->reading_since())) slowest = session;
    }
    if (slowest) slowest->close();
    return false;  // its end makes the room, and accepts
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
