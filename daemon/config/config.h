// redshank.toml: docs/configuration.md lists every key. Each table is read in one place (readers.h), into the
// struct that stands in the header of the part it configures.
#pragma once

#include <string>
#include <vector>

#include "core/config/error.h"
#include "daemon/alerts/alerts_config.h"
#include "daemon/http/server.h"
#include "detectors/registry.h"
#include "exporters/receiver_config.h"

namespace redshank {

// [[source]]
struct SourceConfig {
    std::string type = "file";                               // file | webhook
    std::string path;                                        // of the live log
    std::string start = "checkpoint";                        // checkpoint | beginning | end | oldest
    std::string cluster;                                     // overrides the global name
    audit::Duration stall_after = std::chrono::minutes{10};  // 0: silence is never reported
    int64_t max_size_mb = 100;                               // --audit-log-maxsize; 0: unlimited
    int64_t line_limit_mb = 16;                              // longer events lose their bodies
    bool inotify = true;

    size_t line_limit() const { return static_cast<size_t>(line_limit_mb) << 20; }
};

struct Config {
    std::string cluster = "default";
    std::string state_dir = "/var/lib/redshank";
    std::vector<SourceConfig> sources;
    HttpConfig http;
    DetectorConfig detectors;
    AlertsConfig alerts;
    std::vector<ReceiverConfig> receivers;

    std::string state_file() const { return state_dir + "/redshank.db"; }
};

// Reads the rules that the configuration names, and says on stderr what of them was passed over. Throws
// RuleError.
void load_rules(DetectorConfig& config);
// Both throw ConfigError. `name` stands for the file in messages.
Config load_config(const std::string& file);
Config parse_config(std::string_view text, const std::string& name);

}  // namespace redshank
