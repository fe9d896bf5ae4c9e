#include "daemon/config/readers.h"

namespace redshank {

void read_receiver(TomlTable& table, ReceiverConfig& config) {
    table.read("name", config.name);
    if (config.name.empty()) table.error("name", "is needed: a word of your choice, unique");
    table.read("type", config.type, {"slack", "pagerduty", "alertmanager", "webhook", "stdout"});
    if (!table.has("type"))
        table.error("type", "is needed: slack, pagerduty, alertmanager, webhook or stdout");
    table.read("min_severity", config.min_severity);
}

}  // namespace redshank
