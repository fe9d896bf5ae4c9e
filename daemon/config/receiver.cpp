#include "daemon/alerts/fields.h"
#include "daemon/config/readers.h"
#include "exporters/alert_sink.h"

namespace redshank {

namespace {

using Keys = ConfigTable::Reader;

// The keys that belong to one type, or to several; another type's key is an error that names its types.
void read_own_keys(ConfigTable& table, ReceiverConfig& config) {
    const Keys address = [&](ConfigTable& own) {
        own.read("url", config.url);
        own.read("url_file", config.url_file);
    };
    const Keys secret_address = [&](ConfigTable& own) {
        address(own);
        if (own.has("url")) own.error("url", "is a secret here: put it into a file and give url_file");
    };
    const Keys authorization = [&](ConfigTable& own) {
        own.read("authorization_file", config.authorization_file);
    };
    const Keys webhook = [&](ConfigTable& own) {
        address(own);
        authorization(own);
        own.read("secret_files", config.secret_files);
        own.read("cloudevents", config.cloudevents);
    };
    const Keys pagerduty = [&](ConfigTable& own) {
        address(own);
        own.read("routing_key_file", config.routing_key_file);
        own.read("change_events", config.change_events);
    };
    const Keys alertmanager = [&](ConfigTable& own) {
        address(own);
        authorization(own);
        own.read("urls", config.urls);
    };
    table.read_as(config.type, {{"stdout", [](ConfigTable&) {}},
                                {"webhook", webhook},
                                {"slack", secret_address},
                                {"pagerduty", pagerduty},
                                {"alertmanager", alertmanager},
                                {"teams", secret_address},
                                {"journald", [&](ConfigTable& own) { own.read("path", config.path); }}});
}

}  // namespace

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

    read_own_keys(table, config);

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
