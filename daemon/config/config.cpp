#include "daemon/config/config.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdlib>
#include <optional>
#include <set>

#include "core/config/file_text.h"
#include "core/config/table.h"
#include "core/log.h"
#include "detectors/visibility/config.h"
#include "exporters/registry.h"

namespace redshank {

namespace {

void read_receivers(ConfigTable& root, std::vector<ReceiverConfig>& receivers) {
    std::set<std::string> names;
    root.tables("receiver", [&](ConfigTable& table) {
        ReceiverConfig& receiver = receivers.emplace_back();
        read(table, receiver);
        if (names.insert(receiver.name).second) return;
        table.error("name", fmt::format("two receivers are called '{}'; names must differ", receiver.name));
    });
}

void read_root(ConfigTable& root, Config& config) {
    root.read("cluster", config.cluster);
    if (config.cluster.empty()) root.error("cluster", "must not be empty");
    root.read("state_dir", config.state_dir);
    root.read("ledger_hours", config.ledger_hours, 0, 1'000'000);
    read_sources(root, config.sources);
    root.table("http", [&](ConfigTable& table) { read(table, config.http); });
    root.table("pages", [&](ConfigTable& table) { read(table, config.pages); });
    read_detectors(root, config.detectors);
    root.table("alerts", [&](ConfigTable& table) { read(table, config.alerts); });
    read_receivers(root, config.receivers);
    for (SourceConfig& source : config.sources) {
        if (source.cluster.empty()) source.cluster = config.cluster;
        if (!source.policy) continue;
        config.detectors.of<visibility::Config>().policies.try_emplace(
            source.cluster, visibility::Config::Known{source.policy_file, source.policy_id, source.policy});
    }
}

}  // namespace

Config load_config(const std::string& file) {
    const std::optional<std::string> text = file_text(file);
    if (!text) {
        throw ConfigError(fmt::format("{}:1:1: cannot be read; give a readable TOML file", file));
    }
    Config config = parse_config(*text, file);
    // A service that names no receiver tells the journal, where its findings are looked for.
    if (config.receivers.empty() && is_journal(STDERR_FILENO, std::getenv("JOURNAL_STREAM"))) {
        config.receivers.push_back({.name = "journal", .type = "journald", .min_severity = Severity::Low});
    }
    return config;
}

std::vector<ConfigKey> config_keys() {
    Config config;
    return keys_of([&](ConfigTable& root) { read_root(root, config); });
}

Config parse_config(std::string_view text, const std::string& name) {
    Config config;
    config.file = name;
    read_config(text, name, [&](ConfigTable& root) { read_root(root, config); });
    return config;
}

}  // namespace redshank
