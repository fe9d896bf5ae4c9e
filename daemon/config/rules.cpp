#include "core/log.h"
#include "daemon/config/config.h"
#include "daemon/config/readers.h"
#include "rules/loader.h"

namespace redshank {

void read_rules(TomlTable& table, rules::RuleSources& config) {
    table.read("packs", config.packs);
    table.read("files", config.files);
    table.read("disable", config.disable);
}

void load_rules(DetectorConfig& config) {
    config.loaded_rules = rules::load_rules(config.rules);
    for (const std::string& warning : config.loaded_rules->warnings())
        log_warning("{}", warning);
}

}  // namespace redshank
