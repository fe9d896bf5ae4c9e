#include "daemon/config/readers.h"

namespace redshank {

void read_alerts(TomlTable& table, AlertsConfig& config) {
    table.read("inhibit_for", config.inhibit_for);
    table.read("expire_after", config.expire_after);
    for (const auto& [key, url] :
         {std::pair{"runbook_url", &config.runbook_url}, std::pair{"dashboard_url", &config.dashboard_url}}) {
        table.read(key, *url);
        if (!url->empty() && !url->starts_with("https://") && !url->starts_with("http://")) {
            table.error(key, "must begin with https:// or http://");
        }
    }
}

}  // namespace redshank
