#include "daemon/alerts/fields.h"
#include "daemon/config/readers.h"
#include "exporters/alert_sink.h"

namespace redshank {

void read_receiver(ConfigTable& table, ReceiverConfig& config) {
    table.read("name", config.name);
    if (config.name.empty()) table.error("name", "is needed: a word of your choice, unique");
    const std::vector<std::string_view> types(receiver_types().begin(), receiver_types().end());
    table.read("type", config.type, types);
    if (!table.has("type")) {
        std::string known;
        for (const std::string_view type : types) known += (known.empty() ? "" : ", ") + std::string(type);
        table.error("type", "is needed: one of " + known);
    }

    table.read("min_severity", config.min_severity);
    table.read("detectors", config.detectors);
    table.read("clusters", config.clusters);
    table.read("namespaces", config.namespaces);
    table.read("send_resolved", config.send_resolved);

    table.read("url", config.url);
    if (table.has("url") && (config.type == "slack" || config.type == "teams")) {
        table.error("url", "is a secret here: put it into a file and give url_file");
    }
    table.read("url_file", config.url_file);
    table.read("urls", config.urls);
    table.read("routing_key_file", config.routing_key_file);
    table.read("secret_files", config.secret_files);
    table.read("authorization_file", config.authorization_file);
    table.read("change_events", config.change_events);
    table.read("cloudevents", config.cloudevents);
    table.read("path", config.path);

    table.read("ca_file", config.ca_file);
    table.read("client_cert_file", config.client_cert_file);
    table.read("client_key_file", config.client_key_file);
    table.read("proxy", config.proxy);
    table.read("allow_private_addresses", config.allow_private_addresses);
    table.read("connect_timeout", config.connect_timeout);
    table.read("timeout", config.timeout);

    if (table.has("group_by")) {
        table.read("group_by", config.group_by.emplace());
        for (const std::string& field : *config.group_by) {
            if (!alert_field({}, field)) table.error("group_by", "'" + field + "' is no field of a finding");
        }
    }
    table.read("group_wait", config.group_wait);
    table.read("group_interval", config.group_interval);
    table.read("repeat_interval", config.repeat_interval);
    table.read("heartbeat", config.heartbeat);
    table.read("give_up_after", config.give_up_after);
    int64_t limit = static_cast<int64_t>(config.queue_limit);
    table.read("queue_limit", limit, 10, 100'000);
    config.queue_limit = static_cast<size_t>(limit);
}

}  // namespace redshank
