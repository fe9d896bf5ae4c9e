#include "daemon/config/readers.h"

namespace redshank {

namespace {

void check_link(ConfigTable& table, std::string_view key, const std::string& url) {
    if (!url.empty() && !url.starts_with("https://") && !url.starts_with("http://")) {
        table.error(key, "must begin with https:// or http://");
    }
}

}  // namespace

void read_alerts(ConfigTable& table, AlertsConfig& config) {
    table.read("inhibit_for", config.inhibit_for);
    table.read("expire_after", config.expire_after);
    table.read("runbook_url", config.runbook_url);
    check_link(table, "runbook_url", config.runbook_url);
    table.read("dashboard_url", config.dashboard_url);
    check_link(table, "dashboard_url", config.dashboard_url);
}

}  // namespace redshank
