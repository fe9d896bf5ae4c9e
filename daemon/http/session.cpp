#include "daemon/http/session.h"

#include <openssl/err.h>
#include <openssl/sslerr.h>

#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/ssl/error.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/string.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/ssl.hpp>
#include <utility>

#include "daemon/http/password.h"

namespace redshank {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using tcp = asio::ip::tcp;

namespace {

constexpr uint32_t kLongestHeaders = 8 * 1024;
constexpr uint64_t kLongestBody = 64 * 1024;  // of a POST; its content is ignored
constexpr std::chrono::seconds kFarewell{1};

// The answer to what could not be read; nothing for a connection that has just ended.
std::optional<std::pair<http::status, const char*>> answer_to(beast::error_code error) {
    if (error == http::error::header_limit)
        return {{http::status::request_header_fields_too_large, "headers of at most 8 KiB\n"}};
    if (error == http::error::body_limit)
        return {{http::status::payload_too_large, "a body of at most 64 KiB\n"}};
    if (error == http::error::end_of_stream) return std::nullopt;
    if (error == http::error::partial_message)
        return {{http::status::bad_request, "the request breaks off\n"}};
    static const auto& category = make_error_code(http::error::bad_method).category();
    if (error.category() != category) return std::nullopt;
    return {{http::status::bad_request, "this is HTTP/1.1 without TLS: GET /metrics\n"}};
}

bool is_plain_http(beast::error_code error) {
    return error.category() == asio::error::get_ssl_category() &&
           ERR_GET_REASON(static_cast<unsigned long>(error.value())) == SSL_R_HTTP_REQUEST;
}

}  // namespace

HttpSession::HttpSession(tcp::socket socket, HttpListener& listener)
    : listener_(listener),
      access_(listener.access()),
      stream_(std::move(socket)),
      patience_(stream_.get_executor()) {
    listener_.entered(*this);
}

HttpSession::~HttpSession() {
    listener_.left(*this);
}

void HttpSession::start() {
    if (!access_->tls()) return read();
    tls_.emplace(stream_, *access_->tls());
    wait();
    tls_->async_handshake(asio::ssl::stream_base::server,
                          [self = shared_from_this(), access = access_](beast::error_code error) {
                              if (!error && access->is_allowed(self->tls_->native_handle()))
                                  return self->read();
                              self->waiting_since_.reset();
                              if (!error)
                                  return self->refuse(plain_answer(
                                      http::status::forbidden, "the certificate has none of the names\n"));
                              if (!is_plain_http(error)) return;
                              self->tls_.reset();
                              self->refuse(plain_answer(http::status::bad_request, "this is HTTPS\n"));
                          });
}

// What the client shows next has to come in time.
void HttpSession::wait() {
    waiting_since_ = Clock::now();
    stream_.expires_after(listener_.config().timeout);
}

void HttpSession::close() {
    waiting_since_.reset();
    is_reading_ = false;
    patience_.cancel();
    stream_.close();
}

void HttpSession::read() {
    parser_.emplace();
    parser_->header_limit(kLongestHeaders);
    parser_->body_limit(kLongestBody);
    waiting_since_ = Clock::now();
    is_reading_ = true;
    is_late_ = false;
    // A stream that expires is closed, and nobody would hear why.
    stream_.expires_never();
    patience_.expires_after(listener_.config().timeout);
    patience_.async_wait([self = shared_from_this()](beast::error_code error) {
        if (error || !self->is_reading_) return;
        self->is_late_ = true;
        self->stream_.cancel();
    });
    on_stream([&](auto& stream) {
        http::async_read_header(stream, buffer_, *parser_,
                                [self = shared_from_this()](beast::error_code error, size_t) {
                                    error ? self->has_read(error) : self->read_body();
                                });
    });
}

// A client that asks whether it may send the body is told so (RFC 9110 §10.1.1).
void HttpSession::read_body() {
    const auto& request = parser_->get();
    const auto expected = request[http::field::expect];
    if (expected.empty() || request.version() < 11 || parser_->is_done()) return read_rest();
    if (!beast::iequals(expected, "100-continue")) {
        stop_reading();
        return refuse(
            plain_answer(http::status::expectation_failed, "Expect: 100-continue is all that is known\n"));
    }
    static constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
    on_stream([&](auto& stream) {
        asio::async_write(stream, asio::buffer(kContinue.data(), kContinue.size()),
                          [self = shared_from_this()](beast::error_code error, size_t) {
                              error ? self->has_read(error) : self->read_rest();
                          });
    });
}

void HttpSession::read_rest() {
    on_stream([&](auto& stream) {
        http::async_read(
            stream, buffer_, *parser_,
            [self = shared_from_this()](beast::error_code error, size_t) { self->has_read(error); });
    });
}

void HttpSession::stop_reading() {
    is_reading_ = false;
    waiting_since_.reset();
    patience_.cancel();
}

void HttpSession::has_read(beast::error_code error) {
    stop_reading();
    if (!error) return authenticate();
    if (const auto answer = answer_to(error)) return refuse(plain_answer(answer->first, answer->second));
    const bool is_begun = parser_->got_some() || buffer_.size() > 0;
    if (is_late_ && is_begun)
        refuse(plain_answer(http::status::request_timeout, "the request did not come to its end in time\n"));
}

// Users and headers are those of now, also on a connection that has been open for long.
void HttpSession::authenticate() {
    const std::shared_ptr<const WebAccess> now = listener_.access();
    user_ = tls_ ? access_->certified_user(tls_->native_handle()) : "";
    if (!now->wants_password()) return write(true);
    const auto authorization = parser_->get()[http::field::authorization];
    auto shown = basic_credentials({authorization.data(), authorization.size()});
    if (!shown) return write(false);
    auto& [user, password] = *shown;
    user_ = user;
    if (listener_.passwords().remembers(*now, user, password)) return write(true);
    waiting_since_ = Clock::now();
    patience_.expires_after(listener_.config().timeout);
    patience_.async_wait([self = shared_from_this()](beast::error_code error) {
        if (!error) self->close();
    });
    const auto done = [weak = weak_from_this()](bool is_known) {
        if (const auto self = weak.lock()) self->authenticated(is_known);
    };
    if (listener_.passwords().check(now, std::move(user), std::move(password), weak_from_this(), done))
        return;
    waiting_since_.reset();
    patience_.cancel();
    auto answer = plain_answer(http::status::service_unavailable, "too many passwords wait to be checked\n");
    answer.set(http::field::retry_after, "1");
    refuse(std::move(answer));
}

void HttpSession::authenticated(bool is_known) {
    if (!waiting_since_) return;  // it has been closed
    waiting_since_.reset();
    patience_.cancel();
    write(is_known);
}

void HttpSession::refuse(HttpAnswered answer) {
    answer_ = std::move(answer);
    answer_.keep_alive(false);
    answer_.prepare_payload();
    stream_.expires_after(listener_.config().timeout);
    on_stream([&](auto& stream) {
        http::async_write(stream, answer_, [self = shared_from_this()](beast::error_code, size_t) {
            // Unread data would make the kernel reset the connection and lose the answer.
            beast::error_code ignored;
            self->stream_.socket().shutdown(tcp::socket::shutdown_send, ignored);
            std::array<char, 16 * 1024> rest;
            self->stream_.socket().non_blocking(true, ignored);
            while (!ignored && self->stream_.socket().read_some(asio::buffer(rest), ignored) > 0) {
            }
        });
    });
}

void HttpSession::write(bool is_known) {
    const auto& request = parser_->get();
    beast::error_code gone;
    const auto peer = stream_.socket().remote_endpoint(gone);
    const HttpPages::Caller caller{.is_loopback = !gone && is_loopback_address(peer.address()),
                                   .is_guarded = tls_.has_value() || listener_.access()->wants_password(),
                                   .is_known = is_known,
                                   .user = is_known ? user_ : ""};
    auto work = listener_.pages().slow(request, caller);
    if (!work) return send(listener_.pages().answer(request, caller));
    const bool has_room = listener_.slow_answers().work(
        std::move(work), [self = shared_from_this()](HttpAnswered answer) { self->send(std::move(answer)); });
    if (has_room) return;
    auto answer = plain_answer(http::status::service_unavailable, "too many pages are being made\n");
    answer.set(http::field::retry_after, "1");
    send(std::move(answer));
}

void HttpSession::send(HttpAnswered answer) {
    const auto& request = parser_->get();
    answer_ = std::move(answer);
    for (const auto& [name, value] : listener_.access()->headers()) answer_.set(name, value);
    answer_.version(request.version());
    answer_.keep_alive(request.keep_alive());
    answer_.prepare_payload();
    if (request.method() == http::verb::head) answer_.body().clear();  // its length stays in the header
    stream_.expires_after(listener_.config().timeout);
    on_stream([&](auto& stream) {
        http::async_write(stream, answer_, [self = shared_from_this()](beast::error_code error, size_t) {
            if (!error) self->answer_.keep_alive() ? self->read() : self->end();
        });
    });
}

// TLS says that nothing more comes.
void HttpSession::end() {
    if (!tls_) return;
    stream_.expires_after(kFarewell);
    tls_->async_shutdown([self = shared_from_this()](beast::error_code) {});
}

}  // namespace redshank
