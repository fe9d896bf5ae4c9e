#include "audit/normalise/source.h"
#include "core/config/sense.h"
#include "core/config/table.h"
#include "detectors/access/detector.h"

namespace redshank::access {

namespace {

void read_suppress(ConfigTable& entry, Suppress& suppress) {
    std::string expires;
    read_name(entry, "actor", suppress.actor);
    read_name(entry, "behaviour", suppress.behaviour);
    read_name(entry, "namespace", suppress.namespace_);
    entry.read("expires", expires);
    if (!expires.empty()) {
        const std::string moment = expires.size() == 10 ? expires + "T00:00:00Z" : expires;
        const auto time = audit::parse_time(moment);
        if (!time)
            entry.error("expires",
                        "\"" + expires + "\" is no time; write 2026-12-31 or 2026-12-31T18:00:00Z");
        suppress.expires = time.value_or(audit::Time{});
    }
    if (is_any(suppress.actor) && is_any(suppress.behaviour) && is_any(suppress.namespace_)) {
        entry.error("actor", "this would suppress everything: name an actor, a behaviour or a namespace");
    }
}

}  // namespace

std::vector<audit::Network> Config::proxies() const {
    std::vector<audit::Network> proxies;
    for (const std::string& proxy : trusted_proxies) {
        audit::Network network;
        if (network.parse(proxy)) proxies.push_back(network);
    }
    return proxies;
}

void read(ConfigTable& table, Config& config) {
    table.read("enabled", config.enabled);
    table.read("learning", config.learning);
    table.read("learning_candidates", config.learning_candidates, 0, 1'000'000);
    table.read("budget_per_day", config.budget_per_day, 0, 1000);
    table.read("min_bits", config.min_bits, -20, 60);
    table.read("memory", config.memory, std::chrono::minutes{1});
    table.read("young", config.young);
    table.read("young_requests", config.young_requests, 0, 1'000'000'000);
    table.read("new_namespace", config.new_namespace);
    table.read("quarantine", config.quarantine);
    table.read("story_gap", config.story_gap, std::chrono::seconds{1});
    table.read("gap", config.gap, std::chrono::seconds{1});
    table.read("dormant_people", config.dormant_people, std::chrono::hours{1});
    table.read("dormant_accounts", config.dormant_accounts, std::chrono::hours{1});
    table.read("max_rows", config.max_rows, 100, 100'000'000);
    table.read("max_habits", config.max_habits, 100, 100'000'000);
    table.read("trusted_proxies", config.trusted_proxies);
    for (const std::string& proxy : config.trusted_proxies) {
        audit::Network network;
        if (!network.parse(proxy)) {
            table.error("trusted_proxies",
                        "\"" + proxy + "\" is neither an address nor a prefix such as 10.0.0.0/8");
        } else if (is_every_address(proxy)) {
            table.error("trusted_proxies",
                        "\"" + proxy +
                            "\" is every address, so that anybody could say from where he comes; "
                            "name the proxies");
        }
    }
    table.read("disable", config.disable);
    for (const std::string& kind : config.disable) {
        if (!is_kind(kind)) {
            table.error("disable", "no such kind: \"" + kind + "\"; docs/unusual-access.md lists them");
        }
    }
    table.tables("suppress",
                 [&](ConfigTable& entry) { read_suppress(entry, config.suppress.emplace_back()); });
}

}  // namespace redshank::access
