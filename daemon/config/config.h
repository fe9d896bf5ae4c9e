// redshank.toml: docs/configuration.md lists every key. The owner of a table reads it into a struct of its
// own; this file has the rest.
#pragma once

#include <string>
#include <vector>

#include "core/config/table.h"
#include "daemon/alerts/alerts_config.h"
#include "daemon/fleet/workers.h"
#include "daemon/http/http_config.h"
#include "daemon/ledger/ledger.h"
#include "daemon/pages/pages_config.h"
#include "daemon/sources/registry.h"
#include "detectors/registry.h"
#include "exporters/receiver_config.h"

namespace redshank {

struct Config {
    std::string file;  // its name, for messages
    std::string cluster = "default";
    std::string state_dir = "/var/lib/redshank";
    size_t ledger_hours = Ledger::kMostRows;  // rows kept of each source; 0: nothing is counted
    std::vector<SourceConfig> sources;
    HttpConfig http;
    PagesConfig pages;
    FleetConfig fleet;
    DetectorConfig detectors;
    AlertsConfig alerts;
    std::vector<ReceiverConfig> receivers;

    std::string state_file() const { return state_dir + "/redshank.db"; }
};

// Reads the rules that the configuration names, and prints on stderr which parts were skipped; returns the
// number of these warnings. Throws RuleError.
size_t load_rules(DetectorConfig& config);
// Makes everything that the configuration describes once, so that each file it names has been read before
// anything begins. Says and returns what load_rules() does. Throws ConfigError or RuleError.
size_t check(Config& config);
// Both throw ConfigError, in which `name` stands for the file.
Config load_config(const std::string& file);
Config parse_config(std::string_view text, const std::string& name);
// Every key that the file may contain, with those of single types.
std::vector<ConfigKey> config_keys();

}  // namespace redshank
