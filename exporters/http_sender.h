// Sends requests through libcurl's multi interface: many at once on one thread, with connections kept alive.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "exporters/alert_sink.h"
#include "exporters/receiver_config.h"

struct sockaddr;

namespace redshank {

// Requires TLS 1.2 or newer and verifies it; uses HTTP/2 where offered; follows no redirects. One thread
// owns it; only wake() may be called from others.
class HttpSender {
  public:
    HttpSender();
    ~HttpSender();
    HttpSender(const HttpSender&) = delete;
    HttpSender& operator=(const HttpSender&) = delete;

    // `token` is returned with the answer. Every request gets exactly one answer, at the latest after its
    // timeout.
    void send(uint64_t token, HttpRequest request, const HttpOptions& options);

    struct Answer {
        uint64_t token;
        HttpAnswer answer;
    };
    // Waits for an answer, a wake() or the end of `wait`; returns the answers so far.
    std::vector<Answer> poll(audit::Duration wait);
    void wake();
    size_t in_flight() const;

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

// Whether allow_private_addresses = false refuses it: this host, private and link-local networks, those of
// carriers (100.64/10), multicast, and what is no address of IP (RFC 6890).
bool is_private_address(const sockaddr* address);

// Parses both forms of Retry-After: seconds, or an HTTP date. Nothing for another text; never negative; at
// most a day.
std::optional<audit::Duration> parse_retry_after(std::string_view value, audit::Time now);

}  // namespace redshank
