#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "daemon/delivery/receiver_queue.h"
#include "daemon/delivery/transport.h"
#include "exporters/metrics.h"

namespace redshank {

// Findings in, messages out: routing and the queues of all receivers. Knows neither threads nor clocks nor
// the store's connection: the delivery thread drives it, and so do the tests, with a clock of their own.
class Dispatcher {
  public:
    // Reads the receivers' secrets; throws std::runtime_error.
    Dispatcher(const std::vector<ReceiverConfig>& receivers, Transport& transport, Metrics& metrics);

    void accept(const Finding& finding, audit::Time now);
    // Sends what is due.
    void turn(audit::Time now);
    void answered(uint64_t token, const HttpAnswer& answer, audit::Time now);

    // When turn() has something to do again.
    audit::Time due(audit::Time now) const;
    // Nothing waits and nothing is under way.
    bool idle() const;

  private:
    struct Receiver {
        ReceiverConfig config;
        HttpOptions http;
        std::string name;
        std::unique_ptr<AlertSink> sink;
        ReceiverQueue queue;
        Metrics::Receiver& metrics;
    };

    bool is_routed(const Receiver& receiver, const Finding& finding) const;
    void measure(Receiver& receiver);

    Transport& transport_;
    std::vector<std::unique_ptr<Receiver>> receivers_;
    std::map<uint64_t, Receiver*> under_way_;  // by token
    uint64_t sequence_ = 0, token_ = 0;
};

}  // namespace redshank
