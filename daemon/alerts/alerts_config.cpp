#include "daemon/alerts/alerts_config.h"

#include "core/config/table.h"

namespace redshank {

namespace {

void read_link(ConfigTable& table, std::string_view key, std::string& link) {
    table.read(key, link);
    if (!link.empty() && !link.starts_with("https://") && !link.starts_with("http://")) {
        table.error(key, "must begin with https:// or http://");
    }
}

}  // namespace

void read(ConfigTable& table, AlertsConfig& config) {
    table.read("inhibit_for", config.inhibit_for);
    table.read("expire_after", config.expire_after);
    table.read("incident_quiet", config.incidents.quiet);
    table.read("incident_severity", config.incidents.least);
    read_link(table, "runbook_url", config.runbook_url);
    read_link(table, "dashboard_url", config.dashboard_url);
}

}  // namespace redshank
