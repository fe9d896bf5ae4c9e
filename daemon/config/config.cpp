#include "daemon/config/config.h"

#include <fmt/format.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>

#include "daemon/config/readers.h"

namespace redshank {

namespace {

template <typename Item, typename Read>
void read_list(ConfigTable& root, std::string_view key, std::vector<Item>& out, Read read) {
    root.tables(key, [&](ConfigTable& table) { read(table, out.emplace_back()); });
}

void read_root(ConfigTable& root, Config& config) {
    root.read("cluster", config.cluster);
    if (config.cluster.empty()) root.error("cluster", "must not be empty");
    root.read("state_dir", config.state_dir);
    read_list(root, "source", config.sources, read_source);
    root.table("http", [&](ConfigTable& table) { read_http(table, config.http); });
    read_detectors(root, config.detectors);
    root.table("alerts", [&](ConfigTable& table) { read_alerts(table, config.alerts); });
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
    read_config(text, name, [&](ConfigTable& root) { read_root(root, config); });
    return config;
}

}  // namespace redshank
