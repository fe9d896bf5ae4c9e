#pragma once

#include "core/config/table.h"
#include "exporters/alert_sink.h"
#include "exporters/receiver_config.h"

namespace redshank {

// This type has no keys of its own.
struct StdoutConfig {};

inline void read(ConfigTable& /*table*/, StdoutConfig& /*config*/) {}
std::vector<NamedSink> make_sinks(const StdoutConfig& config, const ReceiverConfig& receiver);

}  // namespace redshank
