#pragma once

#include <string_view>
#include <vector>

#include "core/config/table.h"
#include "exporters/alert_sink.h"
#include "exporters/receiver_config.h"

namespace redshank {

const std::vector<std::string_view>& receiver_types();

// Reads a [[receiver]] table.
void read(ConfigTable& table, ReceiverConfig& config);

// Reads the receiver's secrets. Throws ReceiverError.
std::vector<NamedSink> make_sinks(const ReceiverConfig& config);

}  // namespace redshank
