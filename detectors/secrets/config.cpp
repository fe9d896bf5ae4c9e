#include "detectors/secrets/config.h"

#include "core/config/table.h"

namespace redshank::secrets {

namespace {

void read_protect(ConfigTable& entry, ProtectedSecrets& protect) {
    entry.read("secrets", protect.secrets);
    entry.read("readers", protect.readers);
    entry.read("severity", protect.severity);
    if (protect.secrets.empty()) entry.error("secrets", R"(is needed: globs, e.g. ["payments/db-*"])");
    for (const std::string& glob : protect.secrets) {
        if (glob.find('/') == glob.npos) entry.error("secrets", "'" + glob + "' must be namespace/name");
    }
}

}  // namespace

void read(ConfigTable& table, Config& config) {
    table.read("enabled", config.enabled);
    table.read("seed_rbac", config.seed_rbac);
    table.read_choice("by_grant", config.by_grant,
                      {{"auto", ByGrant::Auto}, {"always", ByGrant::Always}, {"never", ByGrant::Never}});
    table.read("settle", config.settle);
    table.tables("protect", [&](ConfigTable& entry) { read_protect(entry, config.protect.emplace_back()); });
}

}  // namespace redshank::secrets
