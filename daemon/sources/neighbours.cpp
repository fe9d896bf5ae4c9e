#include "daemon/sources/neighbours.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <set>
#include <string_view>

#include "audit/space.h"
#include "daemon/sources/backups.h"
#include "daemon/sources/file_identity.h"

namespace redshank {

namespace fs = std::filesystem;

namespace {

constexpr size_t kMostNeighbours = 4096;

struct OtherPacking {
    std::string_view ending, name, magic;
};
constexpr OtherPacking kOtherPackings[] = {
    {".lz4", "lz4", "\x04\x22\x4d\x18"},
    {".lzo", "lzop", "\x89LZO"},
    {".Z", "compress", "\x1f\x9d"},
    {".7z", "7-Zip", "7z\xbc\xaf"},
    {".zip", "zip", "PK\x03\x04"},
    {".lz", "lzip", "LZIP"},
    {".lzma", "lzma", ""},
    {".br", "brotli", ""},
};

fs::path folder_of(const fs::path& file) {
    return file.has_parent_path() ? file.parent_path() : fs::path(".");
}

// Calls `take` with each entry, until it says no.
template <typename Take>
void each_in(const fs::path& folder, Take take) {
    std::error_code error;
    for (fs::directory_iterator at(folder, error), end; !error && at != end; at.increment(error)) {
        if (!take(*at)) return;
    }
}

}  // namespace

std::vector<Neighbour> neighbours(const std::string& log, const std::vector<std::string>& folders) {
    std::error_code error;
    const fs::path target = fs::weakly_canonical(log, error);
    std::set<fs::path> all{folder_of(log)};
    if (!error) all.insert(folder_of(target));
    for (const std::string& folder : folders) all.insert(folder);
    const std::set<fs::path> own = all;
    each_in(folder_of(log), [&](const fs::directory_entry& entry) {
        std::error_code ignored;
        if (entry.is_directory(ignored)) all.insert(entry.path());
        return all.size() < kMostNeighbours;
    });
    std::set<std::string> listed{fs::path(log).lexically_normal(), target};
    for (const Backup& backup : list_backups(log, error, folders))
        listed.insert(fs::path(backup.path).lexically_normal());

    const std::string name = fs::path(log).filename();
    std::vector<Neighbour> found;
    for (const fs::path& folder : all) {
        const bool is_own = own.contains(folder);
        if (!is_own && facts_of((folder / name).string())) continue;  // another log's
        each_in(folder, [&](const fs::directory_entry& entry) {
            const std::string path = entry.path();
            if (listed.contains(entry.path().lexically_normal())) return true;
            const auto facts = facts_of(path);
            const bool has_known_name = has_backup_name(entry.path().filename().string(), name);
            // A second form of a backup: the compressor is not done.
            if (is_own && has_known_name) return true;
            if (facts && facts->is_regular && facts->size > 0)
                found.push_back({path, facts->modified, is_own, has_known_name});
            return found.size() < kMostNeighbours;
        });
    }
    return found;
}

bool resembles(const Neighbour& neighbour, const std::string& log) {
    constexpr size_t kYear = 4;  // digits
    const std::string name = fs::path(neighbour.path).filename(), log_name = fs::path(log).filename();
    if (!neighbour.is_beside) return neighbour.has_known_name;
    if (name.starts_with(log_name)) return true;
    const std::string stem = fs::path(log).stem();
    if (!name.starts_with(stem)) return false;
    std::string_view mark = std::string_view(name).substr(stem.size());
    if (mark.find_first_of("-_.") == 0) mark.remove_prefix(1);
    return mark.size() >= kYear && std::all_of(mark.begin(), mark.begin() + kYear, audit::is_digit);
}

std::string why_not_read(const Neighbour& neighbour) {
    const std::string& path = neighbour.path;
    std::ifstream file(path, std::ios::binary);
    if (!file) return std::string("it cannot be opened: ") + std::strerror(errno);
    std::string head(8, '\0');
    file.read(head.data(), static_cast<std::streamsize>(head.size()));
    head.resize(static_cast<size_t>(file.gcount()));
    for (const OtherPacking& one : kOtherPackings) {
        if ((one.magic.empty() || !head.starts_with(one.magic)) && !path.ends_with(one.ending)) continue;
        return "packed with " + std::string(one.name) +
               ", which redshank does not read; gzip, zstd, bzip2 and xz it does";
    }
    return neighbour.is_beside ? "its name is none that a rotated file has"
                               : "its folder is not known to hold rotated files; name it in `olddir`";
}

}  // namespace redshank
