// POSTs over libcurl's multi interface: many at once on one thread, connections kept alive.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "exporters/alert_sink.h"
#include "exporters/receiver_config.h"

namespace redshank {

// TLS 1.2 or newer, verified; HTTP/2 where offered; redirects are not followed; the body of an answer is read
// to 4 KiB. One thread owns it; only wake() may be called from others.
class HttpSender {
  public:
    HttpSender();
    ~HttpSender();
    HttpSender(const HttpSender&) = delete;
    HttpSender& operator=(const HttpSender&) = delete;

    // `token` comes back with the answer. Every request gets exactly one answer, at the latest after its
    // timeout.
    void send(uint64_t token, HttpRequest request, const HttpOptions& options);

    struct Answer {
        uint64_t token;
        HttpAnswer answer;
    };
    // Waits for an answer, a wake() or the end of `wait`; returns what has come.
    std::vector<Answer> poll(audit::Duration wait);
    void wake();
    size_t in_flight() const;

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

// Both forms of Retry-After: seconds, or an HTTP date. Nothing when it is neither; never negative; at most a
// day.
std::optional<audit::Duration> parse_retry_after(std::string_view value, audit::Time now);

}  // namespace redshank
