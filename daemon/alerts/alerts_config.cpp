#include "daemon/alerts/alerts_config.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "audit/nearest.h"
#include "core/config/table.h"
#include "core/config/url.h"
#include "core/finding/fields.h"

namespace redshank {

namespace {

void read_link(ConfigTable& table, std::string_view key, std::string& link) {
    table.read(key, link);
    if (link.empty()) return;
    std::string filled = link;
    for (const std::string_view slot : link_slots()) {
        for (size_t at = 0; (at = filled.find(slot, at)) != filled.npos;)
            filled.replace(at, slot.size(), "x");
    }
    if (const size_t at = filled.find('{'); at != filled.npos) {
        const size_t end = std::min(filled.find('}', at), filled.size() - 1);
        const std::string slot = filled.substr(at, end + 1 - at);
        const std::string nearest = audit::nearest_name(slot, link_slots());
        table.error(key,
                    fmt::format("has {}, which is no part of a finding; {}", slot,
                                nearest.empty() ? fmt::format("there are {}", fmt::join(link_slots(), ", "))
                                                : fmt::format("did you mean {}?", nearest)));
        return;
    }
    if (const std::string problem = url_problem(filled); !problem.empty()) table.error(key, problem);
}

}  // namespace

void read(ConfigTable& table, AlertsConfig& config) {
    table.read("inhibit_for", config.inhibit_for, {}, std::chrono::days{30});
    table.read("expire_after", config.expire_after, std::chrono::seconds{1}, std::chrono::days{365});
    table.read("incident_quiet", config.incidents.quiet, std::chrono::seconds{1}, std::chrono::days{365});
    table.read("incident_severity", config.incidents.least);
    read_link(table, "runbook_url", config.runbook_url);
    read_link(table, "dashboard_url", config.dashboard_url);
}

}  // namespace redshank
