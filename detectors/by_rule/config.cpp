#include "detectors/by_rule/config.h"

#include "core/config/table.h"

namespace redshank::by_rule {

void read(ConfigTable& table, Config& config) {
    table.read("packs", config.sources.packs);
    table.read("files", config.sources.files);
    config.files = table.place("files");
    table.read("disable", config.sources.disable);
}

std::vector<std::string> idle_patterns(const Config& config) {
    std::vector<std::string> out;
    for (const std::string& pattern : config.sources.files) {
        if (!rules::is_pattern(pattern) || !rules::matching_files(pattern).empty()) continue;
        out.push_back(config.files.to_string() + ": rules.files: \"" + pattern +
                      "\" matches no file that can be read, so no rule comes from it; put rules there, or "
                      "correct the path");
    }
    return out;
}

}  // namespace redshank::by_rule
