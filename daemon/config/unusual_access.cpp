#include "daemon/config/readers.h"

namespace redshank {

void read_unusual_access(TomlTable& table, UnusualAccessConfig& config) {
    table.read("enabled", config.enabled);
    table.read("learning", config.learning);
    table.read("budget_per_day", config.budget_per_day, 0, 1000);
}

}  // namespace redshank
