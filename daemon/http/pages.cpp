#include "daemon/http/pages.h"

#include <zlib.h>

#include <boost/asio/ip/address.hpp>
#include <boost/beast/core/error.hpp>
#include <boost/beast/core/string.hpp>
#include <boost/beast/http/rfc7230.hpp>
#include <string_view>
#include <utility>

namespace redshank {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;

namespace {

constexpr size_t kWorthCompressing = 1400;

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
const char* why_refused(const HttpAsked& post, bool is_guarded) {
    if (post.find(http::field::origin) != post.end() || post.find("Sec-Fetch-Site") != post.end()) {
        return "not from a browser\n";
    }
    const auto host = post.find(http::field::host);
    if (!is_guarded && host != post.end() && !is_own_name({host->value().data(), host->value().size()})) {
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
const char* why_bad(const HttpAsked& request) {
    const auto hosts = request.count(http::field::host);
    if (hosts > 1) return "more than one Host\n";
    return hosts == 0 && request.version() == 11 ? "no Host\n" : nullptr;
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

HttpAnswered packed(HttpReply reply, bool is_known, beast::string_view accepted) {
    HttpAnswered out{http::int_to_status(static_cast<unsigned>(reply.status)), 11};
    if (!is_known) reply.body = reply.status == 200 ? "ok\n" : "not ok; with a password this page says why\n";
    out.set(http::field::content_type, reply.content_type);
    out.set(http::field::cache_control, "no-store");
    for (const auto& [name, value] : reply.headers) out.set(name, value);
    if (takes_gzip(accepted) && reply.body.size() >= kWorthCompressing) {
        if (std::string small = gzip(reply.body); !small.empty()) {
            out.set(http::field::content_encoding, "gzip");
            reply.body = std::move(small);
        }
    }
    out.body() = std::move(reply.body);
    return out;
}

// Probes of Kubernetes have no password. They hear whether it works, and not why not.
bool is_probe(const std::string& path) {
    return path == "/healthz" || path == "/readyz";
}

HttpAnswered wants_password() {
    auto out = plain_answer(http::status::unauthorized, "a user of web_config_file, and the password\n");
    out.set(http::field::www_authenticate, "Basic");
    return out;
}

HttpQuery query_of(const HttpAsked& request, const HttpPages::Caller& caller) {
    const std::string target = path_and_query(request.target());
    const auto host = request[http::field::host];
    const size_t mark = target.find('?');
    HttpQuery out;
    out.path = target.substr(0, mark);
    out.query = mark == std::string::npos ? "" : target.substr(mark + 1);
    out.accept = std::string(request[http::field::accept]);
    out.from_loopback = caller.is_loopback;
    out.has_own_host = caller.is_guarded || host.empty() || is_own_name({host.data(), host.size()});
    return out;
}

}  // namespace

HttpAnswered plain_answer(http::status status, const std::string& text) {
    HttpAnswered out{status, 11};
    out.set(http::field::content_type, "text/plain; charset=utf-8");
    out.body() = text;
    return out;
}

HttpAnswered HttpPages::answer(const HttpAsked& request, const Caller& caller) const {
    if (const char* why = why_bad(request)) return plain_answer(http::status::bad_request, why);
    const HttpQuery query = query_of(request, caller);
    if (!caller.is_known && !is_probe(query.path)) return wants_password();
    const bool is_post = request.method() == http::verb::post;
    const bool is_get = request.method() == http::verb::get || request.method() == http::verb::head;
    const bool wants_post = posts_.contains(query.path);
    if (wants_post ? !is_post : !is_get) {
        auto out = plain_answer(http::status::method_not_allowed,
                                wants_post ? "POST only\n" : "GET and HEAD only\n");
        out.set(http::field::allow, wants_post ? "POST" : "GET, HEAD");
        return out;
    }
    const auto& candidates = wants_post ? posts_ : gets_;
    const auto handler = candidates.find(query.path);
    if (handler == candidates.end()) {
        std::string known = "Not found. There is:";
        for (const auto& [path, unused] : gets_) known += " " + path;
        return plain_answer(http::status::not_found, known + "\n");
    }
    if (const char* why = wants_post ? why_refused(request, caller.is_guarded) : nullptr) {
        return plain_answer(http::status::forbidden, why);
    }
    return packed(handler->second(query), caller.is_known, request[http::field::accept_encoding]);
}

std::function<HttpAnswered()> HttpPages::slow(const HttpAsked& request, const Caller& caller) const {
    if (!site_.has || !caller.is_known || why_bad(request)) return {};
    HttpQuery query = query_of(request, caller);
    query.is_post = request.method() == http::verb::post;
    const bool is_get = request.method() == http::verb::get || request.method() == http::verb::head;
    if (!site_.has(query.path) || !(query.is_post || is_get)) return {};
    query.body = request.body();
    query.host = std::string(request[http::field::host]);
    query.origin = std::string(request[http::field::origin]);
    query.fetch_site = std::string(request["Sec-Fetch-Site"]);
    query.user = caller.user;
    return [this, query = std::move(query), accepted = std::string(request[http::field::accept_encoding])] {
        return packed(site_.answer(query), true, accepted);
    };
}

}  // namespace redshank
