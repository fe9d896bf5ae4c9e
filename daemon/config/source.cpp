#include "daemon/config/readers.h"

namespace redshank {

void read_source(TomlTable& table, SourceConfig& config) {
    table.read("type", config.type, {"file", "webhook"});
    table.read("path", config.path);
    table.read("start", config.start, {"checkpoint", "beginning", "end"});
    table.read("cluster", config.cluster);
    if (config.type == "file" && config.path.empty()) table.error("path", "is needed: the live audit log");
    if (config.type == "webhook") table.error("type", "the webhook receiver is not built yet; use \"file\"");
}

}  // namespace redshank
