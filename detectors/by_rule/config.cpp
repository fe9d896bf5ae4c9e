#include "detectors/by_rule/config.h"

#include "core/config/sense.h"
#include "core/config/table.h"

namespace redshank::by_rule {

void read(ConfigTable& table, Config& config) {
    table.read("packs", config.sources.packs);
    table.read("files", config.sources.files);
    table.read("disable", config.sources.disable);
    config.sources.places = {table.place("packs"), table.place("files"), table.place("disable")};
    table.read("own_networks", config.own_networks);
    for (const std::string& one : config.own_networks) {
        if (!audit::Network().parse(one)) {
            table.error("own_networks",
                        "\"" + one + "\" is neither an address nor a prefix such as 203.0.113.0/24");
        } else if (is_every_address(one)) {
            table.error("own_networks",
                        "\"" + one +
                            "\" is every address, and none would be foreign; name those of nodes and "
                            "egress");
        }
    }
}

std::vector<audit::Network> Config::networks() const {
    std::vector<audit::Network> out;
    for (const std::string& one : own_networks) out.emplace_back().parse(one);
    return out;
}

std::vector<std::string> idle_patterns(const Config& config) {
    std::vector<std::string> out;
    for (const std::string& pattern : config.sources.files) {
        if (!rules::is_pattern(pattern) || !rules::matching_files(pattern).empty()) continue;
        out.push_back(config.sources.places.files.to_string() + ": rules.files: \"" + pattern +
                      "\" matches no file that can be read, so no rule comes from it; put rules there, or "
                      "correct the path");
    }
    return out;
}

}  // namespace redshank::by_rule
