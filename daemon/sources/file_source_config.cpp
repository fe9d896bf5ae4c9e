#include <filesystem>

#include "core/config/table.h"
#include "daemon/sources/file_source.h"
#include "daemon/sources/registry.h"

namespace redshank {

void read(ConfigTable& table, FileSourceConfig& config) {
    using Start = FileSourceConfig::Start;
    table.read("path", config.path);
    if (config.path.empty()) table.error("path", "is needed: the live audit log");
    table.read("olddir", config.olddir);
    table.read_choice("start", config.start,
                      {{"checkpoint", Start::Beginning},
                       {"beginning", Start::Beginning},
                       {"end", Start::End},
                       {"oldest", Start::Oldest}});
    audit::Duration stall_after = config.stall_after;
    table.read("stall_after", stall_after);
    config.stall_after = std::chrono::duration_cast<std::chrono::seconds>(stall_after);
    table.read_mebibytes("max_size_mb", config.max_size, 0, 1'000'000);
    table.read("inotify", config.inotify);
}

std::vector<std::string> FileSourceConfig::folders() const {
    if (olddir.empty()) return {};
    return {(std::filesystem::path(path).parent_path() / olddir).string()};
}

std::string reads(const FileSourceConfig& config) {
    std::error_code error;
    const std::filesystem::path log = std::filesystem::weakly_canonical(config.path, error);
    return error ? config.path : log.string();
}

std::unique_ptr<Source> make_source(const FileSourceConfig& own, const SourceConfig& shared) {
    FileSourceConfig config = own;
    config.cluster = shared.cluster;
    config.line_limit = shared.line_limit;
    return make_file_source(std::move(config));
}

}  // namespace redshank
