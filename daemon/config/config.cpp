#include "daemon/config/config.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>

#include "daemon/config/readers.h"

namespace redshank {

namespace {

template <typename Item, typename Read>
void read_list(TomlTable& root, std::string_view key, std::vector<Item>& out, Read read) {
    root.tables(key, [&](TomlTable& table) { read(table, out.emplace_back()); });
}

void read_root(TomlTable& root, Config& config) {
    root.read("cluster", config.cluster);
    if (config.cluster.empty()) root.error("cluster", "must not be empty");
    root.read("state_dir", config.state_dir);
    read_list(root, "source", config.sources, read_source);
    root.table("http", [&](TomlTable& table) { read_http(table, config.http); });
    root.table("detectors", [&](TomlTable& detectors) {
        DetectorConfig& all = config.detectors;
        detectors.table("secret_exposure",
                        [&](TomlTable& t) { read_secret_exposure(t, all.secret_exposure); });
        detectors.table("unusual_access", [&](TomlTable& t) { read_unusual_access(t, all.unusual_access); });
        detectors.table("crd_health", [&](TomlTable& t) { read_crd_health(t, all.crd_health); });
    });
    root.table("rules", [&](TomlTable& table) { read_rules(table, config.detectors.rules); });
    root.table("alerts", [&](TomlTable& table) { read_alerts(table, config.alerts); });
    read_list(root, "receiver", config.receivers, read_receiver);

    std::set<std::string> names;
    for (const ReceiverConfig& receiver : config.receivers) {
        if (!names.insert(receiver.name).second) {
            root.error("receiver",
                       fmt::format("two receivers are called '{}'; names must differ", receiver.name));
        }
    }
    for (SourceConfig& source : config.sources) {
        if (source.cluster.empty()) source.cluster = config.cluster;
    }
}

}  // namespace

Config load_config(const std::string& file) {
    std::ifstream in(file, std::ios::binary);
    if (!in || std::filesystem::is_directory(file)) {
        throw ConfigError(fmt::format("{}:1:1: cannot be read; give a readable TOML file", file));
    }
    return parse_config(std::string(std::istreambuf_iterator<char>(in), {}), file);
}

Config parse_config(std::string_view text, const std::string& name) {
    Config config;
    ConfigErrors errors;
    try {
        const toml::table parsed = toml::parse(text, name);
        TomlTable root(parsed, "", errors);
        read_root(root, config);
    } catch (const toml::parse_error& error) {
        errors.add(error.source(), std::string(error.description()));
    }
    if (!errors.empty()) throw ConfigError(fmt::format("{}", fmt::join(errors.all(), "\n")));
    return config;
}

}  // namespace redshank
