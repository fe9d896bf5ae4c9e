// The table of all receiver types.
#include "exporters/registry.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "exporters/alertmanager.h"
#include "exporters/journald.h"
#include "exporters/kafka_sink.h"
#include "exporters/pagerduty.h"
#include "exporters/receiver_files.h"
#include "exporters/slack.h"
#include "exporters/stdout.h"
#include "exporters/teams.h"
#include "exporters/webhook.h"

namespace redshank {

namespace {

struct Row {
    std::string_view type;
    std::any (*read)(ConfigTable&);
    std::vector<NamedSink> (*make)(const ReceiverConfig&);
};

// A Config has read(ConfigTable&, Config&) and make_sinks(const Config&, const ReceiverConfig&).
template <class Config>
constexpr Row row(std::string_view type) {
    return {type,
            [](ConfigTable& table) {
                Config own;
                read(table, own);
                return std::any(std::move(own));
            },
            [](const ReceiverConfig& receiver) {
                const Config* own = std::any_cast<Config>(&receiver.own);
                return make_sinks(own ? *own : Config{}, receiver);
            }};
}

constexpr Row kRows[] = {
    row<StdoutConfig>("stdout"),       row<WebhookConfig>("webhook"),           row<SlackConfig>("slack"),
    row<PagerdutyConfig>("pagerduty"), row<AlertmanagerConfig>("alertmanager"), row<TeamsConfig>("teams"),
    row<JournaldConfig>("journald"),   row<KafkaSinkConfig>("kafka"),
};

}  // namespace

const std::vector<std::string_view>& receiver_types() {
    static const std::vector<std::string_view> types = [] {
        std::vector<std::string_view> out;
        for (const Row& row : kRows) out.push_back(row.type);
        return out;
    }();
    return types;
}

void read(ConfigTable& table, ReceiverConfig& config) {
    table.read("type", config.type, receiver_types());
    if (!table.has("type")) {
        table.error("type", fmt::format("is needed: one of {}", fmt::join(receiver_types(), ", ")));
    }
    read_shared(table, config);
    std::vector<ConfigTable::Type> types;
    for (const Row& row : kRows) {
        types.push_back({row.type, [&config, &row](ConfigTable& own) {
                             std::any keys = row.read(own);  // reads other types as well, to learn their keys
                             if (row.type == config.type) config.own = std::move(keys);
                         }});
    }
    table.read_as(config.type, types);
}

std::vector<NamedSink> make_sinks(const ReceiverConfig& config) {
    for (const Row& row : kRows) {
        if (config.type != row.type) continue;
        check_connection(config);
        return row.make(config);
    }
    throw ReceiverError(config, fmt::format("unknown type \"{}\" (known: {})", config.type,
                                            fmt::join(receiver_types(), ", ")));
}

}  // namespace redshank
