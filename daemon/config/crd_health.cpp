#include "daemon/config/readers.h"

namespace redshank {

void read_crd_health(TomlTable& table, CrdHealthConfig& config) {
    table.read("enabled", config.enabled);
    table.read("objective", config.objective, 0.5, 0.99999);
    table.read("resources", config.resources);
}

}  // namespace redshank
