#include "daemon/config/readers.h"

namespace redshank {

void read_secret_exposure(TomlTable& table, secrets::Config& config) {
    table.read("enabled", config.enabled);
    table.read("seed_rbac", config.seed_rbac);
    std::string by_grant = "auto";
    table.read("by_grant", by_grant, {"auto", "always", "never"});
    config.by_grant = by_grant == "always"  ? secrets::ByGrant::Always
                      : by_grant == "never" ? secrets::ByGrant::Never
                                            : secrets::ByGrant::Auto;
    table.read("settle", config.settle);
    table.tables("protect", [&](TomlTable& entry) {
        secrets::ProtectedSecrets& protect = config.protect.emplace_back();
        entry.read("secrets", protect.secrets);
        entry.read("readers", protect.readers);
        entry.read("severity", protect.severity);
        if (protect.secrets.empty()) entry.error("secrets", R"(is needed: globs, e.g. ["payments/db-*"])");
        for (const std::string& glob : protect.secrets) {
            if (glob.find('/') == glob.npos) entry.error("secrets", "'" + glob + "' must be namespace/name");
        }
    });
}

}  // namespace redshank
