#include "detectors/secrets/config.h"

#include "core/config/sense.h"
#include "core/config/table.h"

namespace redshank::secrets {

namespace {

// Names of namespaces and Secrets are of small letters, digits, - and . (RFC 1123).
std::string why_no_secret(const std::string& glob) {
    const size_t slash = glob.find('/');
    if (slash == glob.npos || slash == 0 || slash + 1 == glob.size() ||
        glob.find('/', slash + 1) != glob.npos)
        return "must be namespace/name, each a name or a glob; */* is every Secret";
    const size_t wrong = glob.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-.*?/");
    if (wrong == glob.npos) return {};
    return "matches no Secret: names have small letters, digits, - and . only, not character " +
           std::to_string(wrong + 1);
}

void read_protect(ConfigTable& entry, ProtectedSecrets& protect) {
    entry.read("secrets", protect.secrets);
    read_names(entry, "readers", protect.readers);
    entry.read("severity", protect.severity);
    if (protect.secrets.empty()) entry.error("secrets", R"(is needed: globs, e.g. ["payments/db-*"])");
    for (const std::string& glob : protect.secrets) {
        if (const std::string why = why_no_secret(glob); !why.empty())
            entry.error("secrets", "'" + glob + "' " + why);
    }
    for (const std::string& reader : protect.readers) {
        if (reader == "group:") entry.error("readers", "'group:' names no group; write \"group:NAME\"");
    }
}

}  // namespace

void read(ConfigTable& table, Config& config) {
    table.read("enabled", config.enabled);
    table.read("seed_rbac", config.seed_rbac);
    table.read_choice("by_grant", config.by_grant,
                      {{"auto", ByGrant::Auto}, {"always", ByGrant::Always}, {"never", ByGrant::Never}});
    table.read("settle", config.settle, {}, std::chrono::days{365});
    table.tables("protect", [&](ConfigTable& entry) { read_protect(entry, config.protect.emplace_back()); });
}

}  // namespace redshank::secrets
