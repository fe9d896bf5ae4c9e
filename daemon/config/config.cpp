#include "daemon/config/config.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unistd.h>

#include <algorithm>
#include <any>
#include <cstdlib>
#include <filesystem>
#include <optional>
#include <set>

#include "audit/glob.h"
#include "audit/nearest.h"
#include "core/config/file_text.h"
#include "core/config/sense.h"
#include "core/config/table.h"
#include "core/finding/names.h"
#include "core/log.h"
#include "daemon/http/endpoint.h"
#include "daemon/sources/webhook_source.h"
#include "detectors/visibility/config.h"
#include "exporters/registry.h"

namespace redshank {

namespace {

// A pattern that matches none of these makes a receiver that hears nothing.
void must_match(ConfigTable& table, std::string_view key, const std::vector<std::string>& patterns,
                const std::vector<std::string_view>& known, std::string_view what) {
    for (const std::string& pattern : patterns) {
        if (std::any_of(known.begin(), known.end(),
                        [&](std::string_view name) { return audit::glob_match(pattern, name); })) {
            continue;
        }
        const std::string nearest = audit::nearest_name(pattern, known);
        table.error(key, fmt::format("'{}' is {}; {}", pattern, what,
                                     nearest.empty() ? fmt::format("known: {}", fmt::join(known, ", "))
                                                     : fmt::format("did you mean '{}'?", nearest)));
    }
}

// The pages and a source cannot both have a port.
void listens_alone(ConfigTable& table, std::string_view key, const Config& config) {
    for (const SourceConfig& source : config.sources) {
        const auto* own = std::any_cast<WebhookSourceConfig>(&source.own);
        if (own == nullptr || !share_port(own->listen, config.http.listen)) continue;
        table.error(key,
                    fmt::format("the pages are at {}, and the source at {} listens there too; give one of "
                                "them another port",
                                config.http.listen, source.place.to_string()));
    }
}

void read_receivers(ConfigTable& root, Config& config) {
    std::vector<ReceiverConfig>& receivers = config.receivers;
    std::set<std::string_view> clusters;
    // The records of topics say of which clusters they are.
    bool knows_clusters = !config.sources.empty();
    for (const SourceConfig& source : config.sources) {
        clusters.insert(source.cluster.empty() ? config.cluster : source.cluster);
        if (source.type == "kafka") knows_clusters = false;
    }
    std::set<std::string> names;
    root.tables("receiver", [&](ConfigTable& table) {
        ReceiverConfig& receiver = receivers.emplace_back();
        read(table, receiver);
        must_match(table, "detectors", receiver.detectors,
                   {std::begin(kDetectorNames), std::end(kDetectorNames)}, "no detector");
        if (knows_clusters) {
            must_match(table, "clusters", receiver.clusters, {clusters.begin(), clusters.end()},
                       "the cluster of no source");
        }
        if (names.insert(receiver.name).second) return;
        table.error("name", fmt::format("two receivers are called '{}'; names must differ", receiver.name));
    });
}

void read_root(ConfigTable& root, Config& config) {
    read_name(root, "cluster", config.cluster);
    read_name(root, "state_dir", config.state_dir);
    std::error_code unknown;
    if (std::filesystem::exists(config.state_dir, unknown) &&
        !std::filesystem::is_directory(config.state_dir, unknown))
        root.error("state_dir", "is no folder; name the one in which redshank.db is kept");
    root.read("ledger_hours", config.ledger_hours, 0, 1'000'000);
    read_sources(root, config.sources);
    root.table("http", [&](ConfigTable& table) {
        read(table, config.http);
        listens_alone(table, "listen", config);
    });
    if (!root.has("http")) listens_alone(root, "http", config);
    root.table("pages", [&](ConfigTable& table) { read(table, config.pages); });
    root.table("fleet", [&](ConfigTable& table) { read(table, config.fleet); });
    read_detectors(root, config.detectors);
    root.table("alerts", [&](ConfigTable& table) { read(table, config.alerts); });
    read_receivers(root, config);
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
