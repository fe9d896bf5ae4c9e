#include "tests/fault/recorded_rotation.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <boost/json.hpp>
#include <fstream>
#include <set>
#include <stdexcept>

#include "tests/support/corpus.h"
#include "tests/support/temp_dir.h"

namespace redshank::test {

namespace fs = std::filesystem;
namespace json = boost::json;

namespace {

bool is_backup(const std::string& name) {
    return name.starts_with("audit-2");
}

std::string without_gz(std::string name) {
    if (name.ends_with(".gz")) name.resize(name.size() - 3);
    return name;
}

// Different lines that have `size` bytes together.
std::string filler(const std::string& name, size_t size) {
    std::string text;
    for (int i = 0; text.size() + 100 < size; ++i)
        text += fmt::format("{{\"filler\":\"{}\",\"n\":{}}}\n", name, i);
    text += "{\"pad\":\"" + std::string(size - text.size() - 11, 'x') + "\"}\n";
    return text;
}

void set_times(const fs::path& file, double time) {
    const timespec at{static_cast<time_t>(time),
                      static_cast<long>((time - static_cast<double>(time_t(time))) * 1e9)};
    const timespec both[2] = {at, at};
    ::utimensat(AT_FDCWD, file.c_str(), both, 0);
}

}  // namespace

RecordedRotation::RecordedRotation(const fs::path& corpus, fs::path folder) : folder_(std::move(folder)) {
    load_rows(corpus / "listing.jsonl");
    // Each file that was audit.log was renamed to a name with a time, in the order of time; the last one is
    // still audit.log.
    std::map<std::string, uint64_t> sizes;
    for (const RecordedRow& row : rows_) {
        for (const auto& [name, file] : row.files) {
            if (is_backup(name)) sizes.emplace(without_gz(name), file.size);
        }
    }
    for (const auto& [name, size] : sizes) generations_.push_back({.name = name, .text = "", .packed = ""});
    generations_.push_back({.name = "audit.log", .text = "", .packed = ""});
    load_files(corpus / "rotated-set.tar.zst");
    for (Generation& generation : generations_) {
        if (!generation.is_recorded) generation.text = filler(generation.name, sizes.at(generation.name));
    }
}

void RecordedRotation::load_rows(const fs::path& listing) {
    std::ifstream in(listing);
    for (std::string line; std::getline(in, line);) {
        const json::value value = json::parse(line);
        RecordedRow row{.time = value.at("t").to_number<double>(), .files = {}};
        for (const json::value& file : value.at("files").as_array()) {
            const json::array& parts = file.as_array();
            row.files[std::string(parts[0].as_string())] = {
                .inode = parts[1].to_number<uint64_t>(),
                .size = parts[2].to_number<uint64_t>(),
                .mode = static_cast<uint32_t>(
                    std::stoul(std::string(parts[3].as_string()).substr(2), nullptr, 8))};
        }
        rows_.push_back(std::move(row));
    }
}

void RecordedRotation::load_files(const fs::path& archive) {
    const Log tar(archive);
    std::string_view rest = tar.text();
    // ustar: a header block of 512 bytes with name and size, then the file.
    while (rest.size() >= 512 && rest[0] != '\0') {
        std::string name(rest.substr(0, 100).data());
        name.erase(0, name.find_last_of('/') + 1);
        const size_t size = std::stoul(std::string(rest.substr(124, 11)), nullptr, 8);
        const auto generation =
            std::find_if(generations_.begin(), generations_.end(),
                         [&](const Generation& one) { return one.name == without_gz(name); });
        if (generation == generations_.end()) throw std::runtime_error("not in the listing: " + name);
        TempDir scratch;
        write_file(scratch.path() / "file", std::string(rest.substr(512, size)));
        generation->text = Log(scratch.path() / "file").text();
        if (name.ends_with(".gz")) generation->packed = rest.substr(512, size);
        generation->is_recorded = true;
        rest.remove_prefix(512 + (size + 511) / 512 * 512);
    }
}

void RecordedRotation::play(const RecordedRow& row, const std::function<void()>& between) {
    if (row.files.contains("audit-policy.yaml"))
        write_file(folder_ / "audit-policy.yaml", std::string(98, '#'));
    if (const auto live = row.files.find("audit.log"); live != row.files.end()) {
        if (live->second.inode != live_inode_) {
            if (live_inode_ != 0) rotate(between);
            ::close(::open(log().c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
            live_inode_ = live->second.inode;
            between();
        }
        grow(live->second.size);
        between();
    }
    for (const auto& [name, file] : row.files) {
        if (!name.ends_with(".gz")) continue;
        std::error_code none;
        if (fs::file_size(folder_ / name, none) == file.size && !none) continue;
        const auto generation =
            std::find_if(generations_.begin(), generations_.end(),
                         [&](const Generation& one) { return one.name == without_gz(name); });
        write_file(folder_ / name, generation->packed.substr(0, file.size));
        fs::permissions(folder_ / name, fs::perms(0600));
        between();
    }
    std::vector<fs::path> gone;
    for (const auto& entry : fs::directory_iterator(folder_)) {
        if (!row.files.contains(entry.path().filename().string())) gone.push_back(entry.path());
    }
    for (const fs::path& file : gone) {
        fs::remove(file);
        between();
    }
    if (live_inode_ != 0) set_times(log(), row.time);
}

// Writes what the live file still gets, then renames it.
void RecordedRotation::rotate(const std::function<void()>& between) {
    grow(generations_[live_].text.size());
    between();
    fs::rename(log(), folder_ / generations_[live_].name);
    ++live_;
    between();
}

void RecordedRotation::grow(size_t size) {
    Generation& live = generations_[live_];
    append_file(log(), live.text.substr(live.written, size - live.written));
    live.written = size;
}

void RecordedRotation::play_rest() {
    grow(generations_[live_].text.size());
}

std::string RecordedRotation::compare(const RecordedRow& row) {
    std::map<std::string, uint64_t> found;
    for (const auto& entry : fs::directory_iterator(folder_)) found[entry.path().filename().string()] = 0;
    std::set<uint64_t> ours;
    for (const auto& [name, file] : row.files) {
        struct stat info {};
        if (::stat((folder_ / name).c_str(), &info) != 0) return name + " is missing";
        found.erase(name);
        if (static_cast<uint64_t>(info.st_size) != file.size) return name + " has another size";
        if (name == "audit-policy.yaml") continue;
        if ((info.st_mode & 0777) != (file.mode & 0777)) return name + " has another mode";
        if (inodes_.emplace(file.inode, info.st_ino).first->second != info.st_ino)
            return name + " is another file";
        if (!ours.insert(info.st_ino).second) return name + " is the same file as another";
    }
    return found.empty() ? "" : found.begin()->first + " should not be there";
}

std::vector<size_t> RecordedRotation::whole_bytes() const {
    std::vector<size_t> bytes;
    for (const Generation& generation : generations_) {
        const size_t newline = generation.text.substr(0, generation.written).rfind('\n');
        bytes.push_back(newline == std::string::npos ? 0 : newline + 1);
    }
    return bytes;
}

size_t RecordedRotation::packed_events() const {
    size_t events = 0;
    for (const Generation& generation : generations_) {
        if (!generation.packed.empty())
            events += static_cast<size_t>(std::count(generation.text.begin(), generation.text.end(), '\n'));
    }
    return events;
}

std::vector<bool> RecordedRotation::readable() const {
    std::vector<bool> all;
    for (const Generation& generation : generations_) {
        all.push_back(fs::exists(folder_ / generation.name) ||
                      fs::exists(folder_ / (generation.name + ".gz")));
    }
    return all;
}

}  // namespace redshank::test
