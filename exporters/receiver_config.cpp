#include "exporters/receiver_config.h"

#include <algorithm>

#include "core/config/sense.h"
#include "core/config/table.h"
#include "core/config/url.h"
#include "core/finding/fields.h"

namespace redshank {

namespace {

constexpr audit::Duration kShortestWait = std::chrono::milliseconds{100},
                          kLongestWait = std::chrono::minutes{10};  // for an answer

std::string where(const Place& place) {
    return place.file.empty() ? "" : place.to_string() + ": ";
}

void read_wait(ConfigTable& table, std::string_view key, std::optional<audit::Duration>& wait,
               audit::Duration most) {
    table.has(key) ? table.read(key, wait.emplace(), {}, most) : table.read(key, wait);
}

void read_grouping(ConfigTable& table, ReceiverConfig& config) {
    table.read("group_by", config.group_by);
    const std::vector<std::string> fields = config.group_by.value_or(std::vector<std::string>{});
    const bool by_incident = std::find(fields.begin(), fields.end(), "incident") != fields.end();
    for (const std::string& field : fields) {
        if (by_incident && field != "incident" && field != "severity")
            table.error("group_by", "'incident' stands alone, or with 'severity'");
        if (field != "incident" && !alert_field({}, field))
            table.error("group_by", "'" + field + "' is no field of a finding");
    }
    for (size_t i = 1; i < fields.size(); ++i) {
        if (std::find(fields.begin(), fields.begin() + static_cast<ptrdiff_t>(i), fields[i]) !=
            fields.begin() + static_cast<ptrdiff_t>(i))
            table.error("group_by", "names '" + fields[i] + "' twice");
    }
    read_wait(table, "group_wait", config.group_wait, std::chrono::days{1});
    read_wait(table, "group_interval", config.group_interval, std::chrono::days{30});
    read_wait(table, "repeat_interval", config.repeat_interval, ConfigTable::kLongest);
}

}  // namespace

ReceiverError::ReceiverError(const ReceiverConfig& receiver, const std::string& what)
    : ConfigError(where(receiver.place) + "receiver \"" + receiver.name + "\": " + what) {}

void read(ConfigTable& table, HttpOptions& http) {
    table.read("ca_file", http.ca_file);
    table.read("client_cert_file", http.client_cert_file);
    table.read("client_key_file", http.client_key_file);
    read_url(table, "proxy", http.proxy, true);
    table.read("allow_private_addresses", http.allow_private_addresses);
    table.read("connect_timeout", http.connect_timeout, kShortestWait, kLongestWait);
    table.read("timeout", http.timeout, kShortestWait, kLongestWait);
}

void read_shared(ConfigTable& table, ReceiverConfig& config) {
    config.place = table.place();
    read_name(table, "name", config.name);
    if (!table.has("name")) table.error("name", "is needed: a word of your choice, unique");
    table.read("min_severity", config.min_severity);
    table.read("detectors", config.detectors);
    table.read("clusters", config.clusters);
    read_names(table, "namespaces", config.namespaces);
    table.read("send_resolved", config.send_resolved);
    read(table, config.http);
    read_grouping(table, config);
    read_or_off(table, "heartbeat", config.heartbeat, std::chrono::seconds{1}, std::chrono::days{30});
    table.read("give_up_after", config.give_up_after, std::chrono::seconds{1});
    table.read("queue_limit", config.queue_limit, 10, 100'000);
}

}  // namespace redshank
