// Delivers findings to receivers on a thread of its own, so that no receiver ever delays detection.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "core/finding/finding.h"
#include "core/incident/news.h"
#include "daemon/alerts/alerts_config.h"
#include "daemon/delivery/transport.h"
#include "exporters/metrics.h"
#include "exporters/receiver_config.h"

namespace redshank {

class Delivery {
  public:
    struct Config {
        AlertsConfig alerts;
        std::vector<ReceiverConfig> receivers;
        std::string cluster;
        std::string store;  // path of the database, which exists when start() is called; "": memory only
    };

    // Reads the receivers' secrets. Throws ReceiverError.
    Delivery(Config config, Metrics& metrics, std::unique_ptr<Transport> transport = make_transport());
    ~Delivery();  // stops
    Delivery(const Delivery&) = delete;
    Delivery& operator=(const Delivery&) = delete;

    void start();
    // What the thread does, for a caller that has none: open() in place of start(), then turn() again and
    // again, which waits as the transport does.
    void open();
    void turn();
    // Goes on for at most `grace` while something is being sent; what is left waits in the store.
    void stop(audit::Duration grace = std::chrono::seconds{3});

    // Another configuration (its store is not looked at), with secrets read again; in force soon. Throws as
    // the constructor does, and the old one stays. Any thread.
    void reload(Config config);

    // Something was committed to the outbox. Any thread.
    void notify();
    // News, for when it is not (or not yet) durable: a full disk, no store. Kept in memory, unless
    // `durable` says that the outbox has them and the outbox can be read. Any thread. Each is taken once,
    // however it comes.
    void hand_over(std::vector<News> news, bool durable = false);
    // False: its part of the state cannot be read, what was known of it stays in force. Any thread.
    bool can_read_state() const;

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace redshank
