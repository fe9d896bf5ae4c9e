#include "daemon/config/readers.h"

namespace redshank {

void read_rules(TomlTable& table, rules::RuleSources& config) {
    table.read("packs", config.packs);
    table.read("files", config.files);
    table.read("disable", config.disable);
}

}  // namespace redshank
