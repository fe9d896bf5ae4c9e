#include "daemon/pages/pages_config.h"

#include <algorithm>

#include "core/config/table.h"

namespace redshank {

bool PagesConfig::is_operator(const std::string& user) const {
    return std::any_of(operators.begin(), operators.end(), [&](const std::string& name) {
        return name == "*" || (!user.empty() && name == user);
    });
}

void read(ConfigTable& table, PagesConfig& config) {
    table.read("serve", config.serve, {"loopback", "always", "never"});
    table.read("operators", config.operators);
}

}  // namespace redshank
