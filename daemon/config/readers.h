// One function a table of redshank.toml, one file a function.
#pragma once

#include "core/config/table.h"
#include "daemon/config/config.h"

namespace redshank {

void read_source(ConfigTable& table, SourceConfig& config);
void read_http(ConfigTable& table, HttpConfig& config);
void read_alerts(ConfigTable& table, AlertsConfig& config);
void read_receiver(ConfigTable& table, ReceiverConfig& config);

}  // namespace redshank
