#include <filesystem>

#include "core/config/sense.h"
#include "core/config/table.h"
#include "daemon/sources/file_source.h"
#include "daemon/sources/registry.h"

namespace redshank {

namespace fs = std::filesystem;

namespace {

// What the path of a log cannot be, whatever is there; null for nothing.
const char* why_no_log(const std::string& path) {
    if (path == "-") return "names one file; standard input is read by `redshank replay -`";
    const fs::path name = fs::path(path).filename();
    if (!path.empty() && (name.empty() || name == "." || name == ".."))
        return "is a folder; name the file that --audit-log-path names, e.g. audit.log in that folder";
    std::error_code unknown;
    if (path.find_first_of("*?[") != path.npos && !fs::exists(path, unknown))
        return "names one file and no pattern; rotated files beside it are found without, and each further "
               "log is "
               "a [[source]] of its own";
    return nullptr;
}

}  // namespace

void read(ConfigTable& table, FileSourceConfig& config) {
    using Start = FileSourceConfig::Start;
    read_name(table, "path", config.path);
    if (!table.has("path")) table.error("path", "is needed: the live audit log");
    if (const char* why = why_no_log(config.path)) table.error("path", why);
    read_name(table, "olddir", config.olddir);
    for (const std::string& folder : config.folders()) {
        std::error_code unknown;
        if (fs::exists(folder, unknown) && !fs::is_directory(folder, unknown))
            table.error("olddir", "is no folder; name the one into which rotated files are moved");
    }
    table.read_choice("start", config.start,
                      {{"checkpoint", Start::Beginning},
                       {"beginning", Start::Beginning},
                       {"end", Start::End},
                       {"oldest", Start::Oldest}});
    audit::Duration stall_after = config.stall_after;
    read_or_off(table, "stall_after", stall_after, std::chrono::seconds{1}, kLongestSilence);
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
