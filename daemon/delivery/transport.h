// How messages leave the process.
#pragma once

#include "exporters/http_sender.h"

namespace redshank {

// One thread owns it; only wake() may be called from others.
class Transport {
  public:
    virtual ~Transport() = default;
    // Every message gets exactly one answer from poll(), with its token. Local writes answer like a receiver:
    // 200, or a problem.
    virtual void send(uint64_t token, Message message, const HttpOptions& options) = 0;
    virtual std::vector<HttpSender::Answer> poll(audit::Duration wait) = 0;
    virtual void wake() = 0;
};

// HTTP through libcurl, text to standard output, entries to the journal's socket.
std::unique_ptr<Transport> make_transport();

}  // namespace redshank
