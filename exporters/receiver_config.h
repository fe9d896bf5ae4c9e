#pragma once

#include <any>
#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "audit/time.h"
#include "core/config/error.h"
#include "core/finding/finding.h"
#include "core/place.h"

namespace redshank {

class ConfigTable;
struct ReceiverConfig;

// A receiver, or a file that it names, cannot be used as configured. The text has the place, the receiver's
// name, the problem, and what is allowed. Thrown at start-up and reload only.
class ReceiverError : public ConfigError {
  public:
    ReceiverError(const ReceiverConfig& receiver, const std::string& what);
};

// How to connect. docs/receivers.md says what is verified.
struct HttpOptions {
    std::string ca_file, client_cert_file, client_key_file;
    std::string proxy;                    // a URL; "" for no proxy, whatever the environment says
    bool allow_private_addresses = true;  // false: refuse loopback, link-local and private targets
    audit::Duration connect_timeout = std::chrono::seconds{5};
    audit::Duration timeout = std::chrono::seconds{30};
};

// Reads its keys.
void read(ConfigTable& table, HttpOptions& http);

// [[receiver]]: the keys that all types have, and in `own` those of its type. Secrets are given by file name
// only; relative paths refer to $CREDENTIALS_DIRECTORY (systemd's LoadCredential=).
struct ReceiverConfig {
    std::string name;
    std::string type;  // see receiver_types()
    std::any own;      // WebhookConfig, SlackConfig, …; empty: all defaults
    Place place;       // the place of its table

    // Routing: every condition that is given must match. Globs with * and ?.
    Severity min_severity = Severity::Info;
    std::vector<std::string> detectors, clusters, namespaces;
    bool send_resolved = true;

    HttpOptions http;

    // Grouping; by default that of the type.
    std::optional<std::vector<std::string>> group_by;
    std::optional<audit::Duration> group_wait, group_interval, repeat_interval;

    // The interval of messages that say that redshank is alive, for a dead man's switch; 0: none.
    audit::Duration heartbeat{};

    // How long to retry, and how many alerts may wait. Beyond that, the oldest of the lowest severity become
    // one summary.
    audit::Duration give_up_after = std::chrono::hours{72};
    size_t queue_limit = 1000;
};

// Reads the keys that all types have, except `type`.
void read_shared(ConfigTable& table, ReceiverConfig& config);

}  // namespace redshank
