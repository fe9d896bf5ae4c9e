#include "exporters/http_sender.h"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <stdexcept>
#include <unordered_map>

#include "exporters/ca_store.h"

namespace redshank {

namespace {

audit::Time wall_clock() {
    return std::chrono::time_point_cast<audit::Duration>(std::chrono::system_clock::now());
}

// The word is from a fixed list, because it becomes a metric label.
const char* problem_word(CURLcode code, std::string_view detail) {
    switch (code) {
        case CURLE_COULDNT_RESOLVE_HOST:
        case CURLE_COULDNT_RESOLVE_PROXY:
            return "dns";
        case CURLE_COULDNT_CONNECT:
            return "connect";
        case CURLE_OPERATION_TIMEDOUT:
            return "timeout";
        case CURLE_SSL_CONNECT_ERROR:
        case CURLE_PEER_FAILED_VERIFICATION:
        case CURLE_SSL_CERTPROBLEM:
        case CURLE_SSL_CACERT_BADFILE:
        case CURLE_SSL_ISSUER_ERROR:
        case CURLE_SSL_CIPHER:
            return "tls";
        case CURLE_RECV_ERROR:
        case CURLE_SEND_ERROR:  // with TLS 1.3 a server rejects our certificate only after the handshake
            return detail.find(" alert ") != std::string_view::npos ? "tls" : "connection-lost";
        default:
            return "connection-lost";
    }
}

curl_socket_t open_public_socket(void*, curlsocktype, curl_sockaddr* address) {
    if (is_private_address(&address->addr)) return CURL_SOCKET_BAD;
    return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

struct FreeCurl {
    void operator()(CURL* easy) const { curl_easy_cleanup(easy); }
    void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};
using Easy = std::unique_ptr<CURL, FreeCurl>;

struct Transfer {
    uint64_t token = 0;
    HttpRequest request;
    Easy easy;
    std::unique_ptr<curl_slist, FreeCurl> headers;
    HttpAnswer answer;
    std::array<char, CURL_ERROR_SIZE> error{};

    void add_header(const std::string& text) {
        headers.reset(curl_slist_append(headers.release(), text.c_str()));
    }
};

size_t take_body(char* data, size_t, size_t size, void* user) {
    auto& transfer = *static_cast<Transfer*>(user);
    std::string& body = transfer.answer.body;
    body.append(data, std::min(size, transfer.request.most_answer - body.size()));
    return size;
}

size_t take_header(char* data, size_t, size_t size, void* user) {
    std::string_view line(data, size);
    constexpr std::string_view kRetryAfter = "retry-after:";
    if (line.size() <= kRetryAfter.size()) return size;
    for (size_t i = 0; i < kRetryAfter.size(); ++i) {
        if ((line[i] | 0x20) != kRetryAfter[i] && line[i] != kRetryAfter[i]) return size;
    }
    line.remove_prefix(kRetryAfter.size());
    static_cast<Transfer*>(user)->answer.retry_after = parse_retry_after(line, wall_clock());
    return size;
}

long milliseconds(audit::Duration duration) {
    return static_cast<long>(std::chrono::ceil<std::chrono::milliseconds>(duration).count());
}

}  // namespace

bool is_private_address(const sockaddr* address) {
    if (address->sa_family == AF_INET) {
        sockaddr_in in4{};
        std::copy_n(reinterpret_cast<const char*>(address), sizeof in4, reinterpret_cast<char*>(&in4));
        const uint32_t ip = ntohl(in4.sin_addr.s_addr);
        const uint32_t a = ip >> 24, ab = ip >> 16;
        return a == 0 || a == 10 || a == 127 || ab == 0xa9fe || (ab >= 0xac10 && ab <= 0xac1f) ||
               ab == 0xc0a8 || (ab >= 0x6440 && ab <= 0x647f) || a >= 224;
    }
    if (address->sa_family == AF_INET6) {
        sockaddr_in6 in6{};
        std::copy_n(reinterpret_cast<const char*>(address), sizeof in6, reinterpret_cast<char*>(&in6));
        const in6_addr& ip = in6.sin6_addr;
        if (IN6_IS_ADDR_V4MAPPED(&ip)) {
            sockaddr_in mapped{};
            mapped.sin_family = AF_INET;
            std::copy_n(ip.s6_addr + 12, 4, reinterpret_cast<unsigned char*>(&mapped.sin_addr));
            return is_private_address(reinterpret_cast<const sockaddr*>(&mapped));
        }
        return IN6_IS_ADDR_LOOPBACK(&ip) || IN6_IS_ADDR_UNSPECIFIED(&ip) || IN6_IS_ADDR_LINKLOCAL(&ip) ||
               (ip.s6_addr[0] & 0xfe) == 0xfc || IN6_IS_ADDR_MULTICAST(&ip);
    }
    return true;
}

std::optional<audit::Duration> parse_retry_after(std::string_view value, audit::Time now) {
    constexpr audit::Duration kMost = std::chrono::hours{24};
    while (!value.empty() && static_cast<unsigned char>(value.front()) <= ' ') value.remove_prefix(1);
    while (!value.empty() && static_cast<unsigned char>(value.back()) <= ' ') value.remove_suffix(1);
    if (value.empty()) return std::nullopt;
    uint32_t seconds = 0;
    const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), seconds);
    if (end == value.data() + value.size()) {
        if (error == std::errc::result_out_of_range) return kMost;
        return std::min<audit::Duration>(std::chrono::seconds{seconds}, kMost);
    }
    const time_t date = curl_getdate(std::string(value).c_str(), nullptr);
    if (date < 0) return std::nullopt;
    const audit::Duration wait = audit::Time{std::chrono::seconds{date}} - now;
    return std::clamp<audit::Duration>(wait, audit::Duration{0}, kMost);
}

struct HttpSender::Impl {
    CURLM* multi = nullptr;
    std::unordered_map<CURL*, std::unique_ptr<Transfer>> transfers;
    std::vector<Easy> idle;
};

HttpSender::HttpSender() : impl_(std::make_unique<Impl>()) {
    static const CURLcode ready = curl_global_init(CURL_GLOBAL_DEFAULT);
    impl_->multi = ready == CURLE_OK ? curl_multi_init() : nullptr;
    if (!impl_->multi) throw std::runtime_error("libcurl cannot start");
    curl_multi_setopt(impl_->multi, CURLMOPT_PIPELINING, CURLPIPE_MULTIPLEX);
    curl_multi_setopt(impl_->multi, CURLMOPT_MAXCONNECTS, 64L);
}

HttpSender::~HttpSender() {
    for (const auto& [easy, transfer] : impl_->transfers) curl_multi_remove_handle(impl_->multi, easy);
    curl_multi_cleanup(impl_->multi);
}

void HttpSender::send(uint64_t token, HttpRequest request, const HttpOptions& options) {
    auto transfer = std::make_unique<Transfer>();
    if (impl_->idle.empty()) {
        transfer->easy.reset(curl_easy_init());
    } else {
        transfer->easy = std::move(impl_->idle.back());
        impl_->idle.pop_back();
        curl_easy_reset(transfer->easy.get());
    }
    CURL* const easy = transfer->easy.get();
    transfer->token = token;
    transfer->request = std::move(request);
    for (const auto& [name, value] : transfer->request.headers) transfer->add_header(name + ": " + value);
    transfer->add_header("Expect:");  // no 100-continue round trip

    const auto set = [&](CURLoption option, auto value) { curl_easy_setopt(easy, option, value); };
    const auto set_file = [&](CURLoption option, const std::string& file) {
        if (!file.empty()) set(option, file.c_str());
    };
    set(CURLOPT_URL, transfer->request.url.c_str());
    set(CURLOPT_PROTOCOLS_STR, "http,https");
    if (!transfer->request.is_get) {
        set(CURLOPT_POSTFIELDS, transfer->request.body.c_str());
        set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(transfer->request.body.size()));
    }
    if (!transfer->request.user.empty()) {
        set(CURLOPT_HTTPAUTH, static_cast<long>(CURLAUTH_BASIC));
        set(CURLOPT_USERPWD, transfer->request.user.c_str());
    }
    set(CURLOPT_HTTPHEADER, transfer->headers.get());
    set(CURLOPT_USERAGENT, "redshank");
    set(CURLOPT_FOLLOWLOCATION, 0L);
    set(CURLOPT_NOSIGNAL, 1L);
    set(CURLOPT_TCP_KEEPALIVE, 1L);
    set(CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
    set(CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_2TLS));
    set(CURLOPT_CONNECTTIMEOUT_MS, milliseconds(options.connect_timeout));
    set(CURLOPT_TIMEOUT_MS, milliseconds(options.timeout));
    set(CURLOPT_PROXY, options.proxy.c_str());  // "" also disables proxies from the environment
    set(CURLOPT_NOPROXY, "");
    set(CURLOPT_ERRORBUFFER, transfer->error.data());
    set_file(CURLOPT_CAINFO, options.ca_file.empty() ? ca_store() : options.ca_file);
    set_file(CURLOPT_SSLCERT, options.client_cert_file);
    set_file(CURLOPT_SSLKEY, options.client_key_file);
    if (!options.allow_private_addresses) set(CURLOPT_OPENSOCKETFUNCTION, &open_public_socket);
    set(CURLOPT_WRITEFUNCTION, &take_body);
    set(CURLOPT_WRITEDATA, transfer.get());
    set(CURLOPT_HEADERFUNCTION, &take_header);
    set(CURLOPT_HEADERDATA, transfer.get());
    impl_->transfers.emplace(easy, std::move(transfer));
    curl_multi_add_handle(impl_->multi, easy);
}

std::vector<HttpSender::Answer> HttpSender::poll(audit::Duration wait) {
    int running = 0;
    curl_multi_perform(impl_->multi, &running);
    std::vector<Answer> answers;
    const auto collect = [&] {
        int left = 0;
        while (const CURLMsg* message = curl_multi_info_read(impl_->multi, &left)) {
            if (message->msg != CURLMSG_DONE) continue;
            CURL* easy = message->easy_handle;
            const CURLcode result = message->data.result;
            const auto at = impl_->transfers.find(easy);
            Transfer& transfer = *at->second;
            if (result == CURLE_OK) {
                long status = 0;
                curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
                transfer.answer.status = static_cast<int>(status);
            } else {
                const std::string detail =
                    transfer.error[0] != '\0' ? transfer.error.data() : curl_easy_strerror(result);
                transfer.answer = HttpAnswer{.problem = problem_word(result, detail), .detail = detail};
            }
            answers.push_back({transfer.token, std::move(transfer.answer)});
            curl_multi_remove_handle(impl_->multi, easy);
            impl_->idle.push_back(std::move(transfer.easy));
            impl_->transfers.erase(at);
        }
    };
    collect();
    if (!answers.empty()) return answers;
    const long ms = std::clamp<long>(milliseconds(wait), 0, 60'000);
    curl_multi_poll(impl_->multi, nullptr, 0, static_cast<int>(ms), nullptr);
    curl_multi_perform(impl_->multi, &running);
    collect();
    return answers;
}

void HttpSender::wake() {
    curl_multi_wakeup(impl_->multi);
}

size_t HttpSender::in_flight() const {
    return impl_->transfers.size();
}

}  // namespace redshank
