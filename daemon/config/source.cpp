#include "daemon/config/readers.h"

namespace redshank {

void read_source(ConfigTable& table, SourceConfig& config) {
    table.read("type", config.type, {"file", "webhook"});
    table.read("path", config.path);
    table.read("start", config.start, {"checkpoint", "beginning", "end", "oldest"});
    table.read("cluster", config.cluster);
    table.read("stall_after", config.stall_after);
    table.read("max_size_mb", config.max_size_mb, 0, 1'000'000);
    table.read("line_limit_mb", config.line_limit_mb, 1, 4096);
    table.read("inotify", config.inotify);
    if (config.type == "file" && config.path.empty()) table.error("path", "is needed: the live audit log");
    if (config.type == "webhook") table.error("type", "the webhook receiver is not built yet; use \"file\"");
}

}  // namespace redshank
