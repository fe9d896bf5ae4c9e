#include "daemon/config/config.h"
#include "daemon/http/web_file.h"
#include "exporters/registry.h"

namespace redshank {

size_t check(Config& config) {
    const size_t warnings = load_rules(config.detectors);
    make_detectors(config.detectors);
    [[maybe_unused]] const WebFile web(config.http.web_config_file);  // throws
    make_sources(config.sources, config.file);
    for (const ReceiverConfig& receiver : config.receivers) make_sinks(receiver);
    return warnings;
}

}  // namespace redshank
