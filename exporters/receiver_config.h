#pragma once

#include <chrono>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "audit/time.h"
#include "core/finding/finding.h"

namespace redshank {

// A receiver that cannot be used as configured, or a file that it names: receiver, key, what is wrong, what
// is allowed. Thrown at start-up and reload only.
class ReceiverError : public std::runtime_error {
  public:
    using std::runtime_error::runtime_error;
};

// [[receiver]]. Secrets are named by file only; a relative path is looked for in $CREDENTIALS_DIRECTORY
// (systemd's LoadCredential=). docs/receivers.md has every key with the types it belongs to.
struct ReceiverConfig {
    std::string name;
    std::string type;  // see receiver_types()

    // Routing: all that are given must match. Globs with * and ?.
    Severity min_severity = Severity::Info;
    std::vector<std::string> detectors, clusters, namespaces;
    bool send_resolved = true;

    // Where to. A URL without a secret may stand in the configuration, others in a file.
    std::string url, url_file;
    std::vector<std::string> urls;          // alertmanager: every member of the cluster
    std::string routing_key_file;           // pagerduty
    std::vector<std::string> secret_files;  // webhook: the signature of each is sent, for rotation
    std::string authorization_file;         // webhook, alertmanager: the value of the Authorization header
    bool change_events = true;              // pagerduty: RBAC exposures as change events too
    bool cloudevents = false;               // webhook: CloudEvents 1.0 structured mode
    std::string path;                       // journald: the socket, when it is another one

    // TLS and connection.
    std::string ca_file, client_cert_file, client_key_file, proxy;
    bool allow_private_addresses = true;  // false: refuse loopback, link-local and private targets
    audit::Duration connect_timeout = std::chrono::seconds{5};
    audit::Duration timeout = std::chrono::seconds{30};

    // Grouping; what is not given is the default of the type.
    std::optional<std::vector<std::string>> group_by;
    std::optional<audit::Duration> group_wait, group_interval, repeat_interval;

    // Every so often a message that says that redshank is alive, for a dead man's switch; 0: none.
    audit::Duration heartbeat{};

    // How long to try, and how many may wait. Beyond, the oldest of the lowest severity become one summary.
    audit::Duration give_up_after = std::chrono::hours{72};
    size_t queue_limit = 1000;
};

}  // namespace redshank
