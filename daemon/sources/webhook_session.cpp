#include "daemon/sources/webhook_session.h"

#include <fmt/format.h>

#include <boost/asio/buffer.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/string.hpp>
#include <boost/beast/ssl.hpp>
#include <utility>

#include "audit/event_parser.h"
#include "audit/salvage.h"

namespace redshank {

namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;

constexpr uint32_t kHeaders = 16 * 1024;

std::string_view view(beast::string_view text) {
    return {text.data(), text.size()};
}

// What is wrong with headers that could not be read; null for a connection that has just ended.
const char* why_bad(beast::error_code error) {
    static const auto& http_errors = make_error_code(http::error::bad_method).category();
    if (error == http::error::header_limit) return "headers of more than 16 KiB";
    if (error == http::error::end_of_stream || error == http::error::partial_message) return nullptr;
    return error.category() == http_errors ? "this is no HTTP/1.1 request" : nullptr;
}

}  // namespace

WebhookSession::WebhookSession(asio::ip::tcp::socket socket, WebhookServer& server,
                               std::shared_ptr<const WebhookCredentials> credentials)
    : server_(server),
      credentials_(std::move(credentials)),
      stream_(std::move(socket), credentials_->tls()),
      patience_(stream_.get_executor()) {
    server_.entered(*this);
}

WebhookSession::~WebhookSession() {
    if (reserved_ > 0) server_.queue().release(reserved_);
    server_.left(*this);
}

void WebhookSession::start() {
    beast::get_lowest_layer(stream_).expires_after(server_.config().header_time);
    stream_.async_handshake(asio::ssl::stream_base::server,
                            [self = shared_from_this()](beast::error_code error) {
                                if (error) {
                                    ++self->server_.counts().failed_handshakes;
                                    return self->linger();  // the client reads the alert that says why
                                }
                                self->is_named_ = self->credentials_->is_named(self->stream_.native_handle());
                                self->read_header();
                            });
}

void WebhookSession::read_header() {
    if (server_.is_stopping()) return close();
    parser_.emplace();
    parser_->header_limit(kHeaders);
    parser_->body_limit(boost::none);  // why_refused() looks at the length
    idle_since_ = Clock::now();
    const auto& config = server_.config();
    expect_within(has_posted_ ? config.idle_time : config.header_time);
    http::async_read_header(stream_, buffer_, *parser_,
                            [self = shared_from_this()](beast::error_code error, size_t) {
                                error ? self->has_broken_off(error) : self->read_body();
                            });
    server_.idle();
}

// A stream that expires is closed, and nobody would hear why.
void WebhookSession::expect_within(std::chrono::milliseconds time) {
    is_late_ = false;
    beast::get_lowest_layer(stream_).expires_never();
    patience_.expires_after(time);
    patience_.async_wait([self = shared_from_this()](beast::error_code error) {
        if (error || self->patience_.expiry() > Clock::now()) return;
        self->is_late_ = true;
        beast::get_lowest_layer(self->stream_).cancel();
    });
}

// One that is only kept open is closed without a word.
void WebhookSession::has_broken_off(beast::error_code error) {
    patience_.cancel();
    server_.queue().release(std::exchange(reserved_, 0));
    if (const char* why = why_bad(error)) return answer(400, why, false);
    const bool is_begun = parser_->got_some() || buffer_.size() > 0;
    if (is_late_ && is_begun) answer(408, "the request did not come to its end in time", false);
}

std::optional<WebhookSession::Refusal> WebhookSession::why_refused() {
    const auto& request = parser_->get();
    const auto& config = server_.config();
    if (!is_named_) return Refusal{403, "the certificate has none of client_names"};
    if (!server_.credentials().is_token(view(request[http::field::authorization])))
        return Refusal{401, "a bearer token of token_file is needed"};
    has_posted_ = true;
    if (request.method() != http::verb::post) return Refusal{405, "POST only: an audit.k8s.io EventList"};
    const auto encoding = request[http::field::content_encoding];
    if (!encoding.empty() && !beast::iequals(encoding, "identity"))
        return Refusal{415, "Content-Encoding must be identity: the API server compresses no body"};
    const auto length = parser_->content_length();
    if (!length) return Refusal{411, "Content-Length is needed"};
    if (*length == 0) return Refusal{400, "the body is empty"};
    if (*length > config.body_limit) {
        auto& most = server_.counts().too_large;
        most = std::max<uint64_t>(most, *length);
        return Refusal{
            413, fmt::format("a body of {} bytes; body_limit_mb allows {}", *length, config.body_limit)};
    }
    if (server_.is_stopping()) return Refusal{503, "redshank is stopping"};
    if (!server_.queue().reserve(*length)) return Refusal{429, "queue_limit_mb is taken; send it again"};
    reserved_ = *length;
    return std::nullopt;
}

void WebhookSession::read_body() {
    patience_.cancel();
    if (const auto refusal = why_refused()) return answer(refusal->code, refusal->text, false);
    idle_since_.reset();
    parser_->get().body().reserve(reserved_ + audit::kPadding);
    expect_within(server_.config().body_time);
    // Shippers that use libcurl ask before they send a long body.
    if (!beast::iequals(parser_->get()[http::field::expect], "100-continue")) return read_rest();
    static constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
    asio::async_write(stream_, asio::buffer(kContinue.data(), kContinue.size()),
                      [self = shared_from_this()](beast::error_code error, size_t) {
                          error ? self->has_broken_off(error) : self->read_rest();
                      });
}

void WebhookSession::read_rest() {
    http::async_read(stream_, buffer_, *parser_,
                     [self = shared_from_this()](beast::error_code error, size_t) {
                         error ? self->has_broken_off(error) : self->take_body();
                     });
}

namespace {

// What shippers and clouds send: the pipeline opens it as it does a line of a file.
bool holds_events(std::string_view text) {
    audit::EventParser parser;
    audit::Event event;
    return audit::read_line(parser, text, event, [](const audit::Event&, size_t) {}).events > 0;
}

}  // namespace

void WebhookSession::take_body() {
    patience_.cancel();
    auto body = std::make_unique<WebhookBody>();
    body->text = std::move(parser_->get().body());
    body->reserved = reserved_;
    const size_t size = body->text.size();
    body->hash = hash_of(body->text);
    body->text.append(audit::kPadding, '\0');
    const std::string_view text = std::string_view(body->text).substr(0, size);
    const char* why = server_.reader().read(text, body->events);
    if (why && holds_events(text)) {
        body->events = {text};
        why = nullptr;
    }
    if (why || body->events.empty()) {
        server_.queue().release(std::exchange(reserved_, 0));
        return why ? answer(400, why) : answer(200, "");
    }
    const BodyHash hash = body->hash;
    reserved_ = 0;  // the queue has it now
    switch (server_.queue().offer(std::move(body))) {
        case WebhookQueue::Offer::Durable:
            return answer(200, "");
        case WebhookQueue::Offer::Full:
            return answer(429, "the state cannot be written; send it again");
        case WebhookQueue::Offer::Waits:
            return wait(hash);
    }
}

void WebhookSession::wait(const BodyHash& body) {
    if (server_.is_stopping()) return answer(503, "redshank is stopping", false);
    waits_for_ = body;
    server_.wait_for(body, weak_from_this());
    patience_.expires_after(server_.config().patience);
    patience_.async_wait([self = shared_from_this(), body](beast::error_code error) {
        if (error || self->waits_for_ != body) return;
        self->waits_for_.reset();
        self->server_.stop_waiting(body);
        self->answer(503, "not durable yet; send it again");
    });
}

void WebhookSession::durable(const BodyHash& body) {
    if (waits_for_ != body) return;
    waits_for_.reset();
    patience_.cancel();
    answer(200, "");
}

void WebhookSession::stop() {
    if (waits_for_) {
        server_.stop_waiting(*std::exchange(waits_for_, std::nullopt));
        patience_.cancel();
        answer(503, "redshank is stopping", false);
    } else if (idle_since_) {
        close();
    }
}

void WebhookSession::close() {
    idle_since_.reset();
    patience_.cancel();
    beast::get_lowest_layer(stream_).close();
}

void WebhookSession::answer(int code, const std::string& text, bool goes_on) {
    server_.counts().answered(code);
    response_ = {};
    response_.result(static_cast<unsigned>(code));
    response_.version(11);
    response_.set(http::field::content_type, "text/plain; charset=utf-8");
    // client-go asks again after so many seconds, on 429 and 5xx only.
    if (code == 429 || code == 503) response_.set(http::field::retry_after, "1");
    if (code == 401) response_.set(http::field::www_authenticate, "Bearer");
    if (code == 405) response_.set(http::field::allow, "POST");
    if (!text.empty()) response_.body() = text + "\n";
    response_.keep_alive(goes_on && parser_ && parser_->is_done() && parser_->keep_alive() &&
                         !server_.is_stopping());
    response_.prepare_payload();
    idle_since_.reset();
    beast::get_lowest_layer(stream_).expires_after(server_.config().header_time);
    http::async_write(stream_, response_, [self = shared_from_this()](beast::error_code error, size_t) {
        if (error) return;
        self->response_.keep_alive() ? self->read_header() : self->linger();
    });
}

// What was sent and not read would make the kernel reset the connection, answer and all.
void WebhookSession::linger() {
    auto& socket = beast::get_lowest_layer(stream_);
    if (!std::exchange(is_leaving_, true)) {
        idle_since_ = Clock::now();
        socket.expires_after(server_.config().farewell);
        beast::error_code ignored;
        socket.socket().shutdown(asio::ip::tcp::socket::shutdown_send, ignored);
        buffer_.clear();
    }
    socket.async_read_some(buffer_.prepare(16 * 1024),
                           [self = shared_from_this()](beast::error_code error, size_t) {
                               if (!error) self->linger();
                           });
}

}  // namespace redshank
