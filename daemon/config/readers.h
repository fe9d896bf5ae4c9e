// One function a table of redshank.toml, one file a function.
#pragma once

#include "daemon/config/config.h"
#include "daemon/config/toml_table.h"

namespace redshank {

void read_source(TomlTable& table, SourceConfig& config);
void read_http(TomlTable& table, HttpConfig& config);
void read_alerts(TomlTable& table, AlertsConfig& config);
void read_receiver(TomlTable& table, ReceiverConfig& config);
void read_secret_exposure(TomlTable& table, secrets::Config& config);
void read_unusual_access(TomlTable& table, access::Config& config);
void read_crd_health(TomlTable& table, crd::Config& config);
void read_rules(TomlTable& table, rules::RuleSources& config);

}  // namespace redshank
