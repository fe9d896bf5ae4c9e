#include "daemon/sources/backups.h"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <filesystem>
#include <map>
#include <optional>

#include "audit/space.h"
#include "audit/time.h"
#include "daemon/sources/byte_stream.h"
#include "daemon/sources/file_identity.h"

namespace redshank {

namespace fs = std::filesystem;

namespace {

// A name with a time so far ahead of the host's clock was written by a wrong clock.
constexpr auto kAhead = std::chrono::hours{24};

// lumberjack's -2006-01-02T15-04-05.000
constexpr std::string_view kStampShape = "-dddd-dd-ddTdd-dd-dd.ddd";

bool take_suffix(std::string_view& text, std::string_view suffix) {
    if (!text.ends_with(suffix)) return false;
    text.remove_suffix(suffix.size());
    return true;
}

// The age in a rotator's suffix: ".3", "-20261123", ".2026-11-23", "-2026-11-23T07:00:00+0100-1795425160",
// "20261123", ".old". It orders files of one time: a counter increases as files grow older, a date decreases.
std::optional<int64_t> age_of(std::string_view mark) {
    constexpr size_t kLongestCounter = 5, kShortestDate = 6, kLongestDate = 40, kTelling = 18;
    if (mark.empty()) return std::nullopt;
    const bool is_behind_dot = mark[0] == '.';
    const bool is_apart = is_behind_dot || mark[0] == '-' || mark[0] == '_';
    if (is_apart) mark.remove_prefix(1);
    if (is_apart && (mark == "old" || mark == "bak" || mark == "prev")) return 1;
    std::string digits;
    for (const char c : mark) {
        if (audit::is_digit(c)) {
            digits += c;
        } else if (std::string_view("-_.:+TZW").find(c) == std::string_view::npos) {
            return std::nullopt;
        }
    }
    if (digits.empty() || digits.size() > kLongestDate) return std::nullopt;
    if (!is_apart && digits.size() < kShortestDate) return std::nullopt;
    const bool is_counter = is_behind_dot && digits.size() == mark.size() && digits.size() <= kLongestCounter;
    int64_t number = 0;
    std::from_chars(digits.data(), digits.data() + std::min(digits.size(), kTelling), number);
    return is_counter ? number : -number;
}

// When a file with this name was rotated, as far as the name tells.
struct NameMark {
    int64_t stamp = 0;  // of the server; 0: none
    int64_t age = 0;
};

// Both names without folder and packing. nullopt: no backup of the log.
std::optional<NameMark> mark_of(std::string_view name, std::string_view log) {
    if (const int64_t stamp = stamp_of(name, log)) return NameMark{.stamp = stamp};
    if (name.starts_with(log)) {
        const auto age = age_of(name.substr(log.size()));
        return age ? std::optional(NameMark{.age = *age}) : std::nullopt;
    }
    const size_t dot = log.rfind('.');
    if (dot == log.npos || dot == 0) return std::nullopt;
    const std::string_view stem = log.substr(0, dot), extension = log.substr(dot);
    // logrotate over the server's own backups: audit-2026-11-23T09-12-40.457.log.1
    if (const size_t end = name.rfind(extension); end != name.npos && end + extension.size() < name.size()) {
        const size_t behind = end + extension.size();
        const auto age = age_of(name.substr(behind));
        const int64_t stamp = age ? stamp_of(name.substr(0, behind), log) : 0;
        if (stamp) return NameMark{.stamp = stamp, .age = *age};
    }
    // ... and with `extension .log`: audit-2026-11-23T09-12-40.457-20261123.log
    const size_t stamped = stem.size() + kStampShape.size();
    if (name.size() > stamped + extension.size() && name.ends_with(extension)) {
        const auto age = age_of(name.substr(stamped, name.size() - stamped - extension.size()));
        const int64_t stamp =
            age ? stamp_of(std::string(name.substr(0, stamped)) + std::string(extension), log) : 0;
        if (stamp) return NameMark{.stamp = stamp, .age = *age};
    }
    // logrotate with `extension .log`: audit.1.log, audit-20261123.log. "audit-2.log" is another log's name.
    if (!name.starts_with(stem) || !take_suffix(name, extension) || name.size() < stem.size())
        return std::nullopt;
    constexpr size_t kShortestDate = 7;  // with the separator before it
    const std::string_view mark = name.substr(stem.size());
    if (!mark.starts_with('.') && mark.size() < kShortestDate) return std::nullopt;
    const auto age = age_of(mark);
    return age ? std::optional(NameMark{.age = *age}) : std::nullopt;
}

struct Found {
    Backup backup;
    int64_t age = 0;  // among equal keys: larger is older
};

bool is_missing(const std::error_code& error) {
    return error == std::errc::no_such_file_or_directory || error == std::errc::not_a_directory;
}

std::string_view without_packing(std::string_view name) {
    for (const std::string_view ending : kPackedEndings) {
        if (take_suffix(name, ending)) break;
    }
    return name;
}

void list_in(const fs::path& folder, const std::string& log_name, std::map<std::string, Found>& found,
             std::error_code& problem) {
    std::error_code error;
    for (fs::directory_iterator at(folder, error), end; !error && at != end; at.increment(error)) {
        const std::string whole = at->path().filename().string();
        const std::string_view name = without_packing(whole);
        const bool is_packed = name.size() < whole.size();
        auto mark = mark_of(name, log_name);
        if (!mark) continue;
        const std::string plain = (folder / name).string();
        if (is_packed && found.contains(plain)) continue;
        if (mark->stamp > latest_believable()) mark->stamp = 0;
        int64_t key = mark->stamp;
        if (!key) {
            const auto facts = facts_of(at->path().string());
            if (!facts && errno != ENOENT) problem = {errno, std::generic_category()};
            if (!facts) continue;
            key = facts->modified;
        }
        found[plain] = {.backup = {.path = at->path().string(), .key = key, .is_stamped = mark->stamp != 0},
                        .age = mark->age};
    }
    if (error && !is_missing(error)) problem = error;
}

void list_beside(const fs::path& log, std::map<std::string, Found>& found, std::error_code& problem) {
    list_in(log.has_parent_path() ? log.parent_path() : fs::path("."), log.filename().string(), found,
            problem);
}

}  // namespace

int64_t latest_believable() {
    const auto now = std::chrono::system_clock::now() + kAhead;
    return std::chrono::duration_cast<std::chrono::nanoseconds>(now.time_since_epoch()).count();
}

int64_t stamp_of(std::string_view name, std::string_view log) {
    const size_t dot = log.rfind('.');
    const std::string_view extension = dot == log.npos ? std::string_view{} : log.substr(dot);
    std::string_view stem = log;
    take_suffix(stem, extension);
    if (!take_suffix(name, extension) || !name.starts_with(stem)) return 0;
    name.remove_prefix(stem.size());
    if (name.size() != kStampShape.size()) return 0;
    for (size_t i = 0; i < kStampShape.size(); ++i) {
        if (kStampShape[i] == 'd' ? !audit::is_digit(name[i]) : name[i] != kStampShape[i]) return 0;
    }
    std::string text(name.substr(1));
    text[13] = text[16] = ':';
    const auto time = audit::parse_time(text + "Z");
    return time ? time->time_since_epoch().count() * 1000 : 0;
}

std::vector<Backup> list_backups(const std::string& log) {
    std::error_code ignored;
    return list_backups(log, ignored);
}

bool has_backup_name(std::string_view name, std::string_view log) {
    return mark_of(without_packing(name), log).has_value();
}

std::vector<Backup> list_backups(const std::string& log, std::error_code& error,
                                 const std::vector<std::string>& folders) {
    std::map<std::string, Found> found;  // by the plain name
    error.clear();
    list_beside(log, found, error);
    std::error_code unresolved;
    const fs::path target = fs::canonical(log, unresolved);
    if (unresolved && !is_missing(unresolved)) error = unresolved;
    if (!unresolved && target != fs::absolute(log).lexically_normal()) list_beside(target, found, error);

    for (const std::string& folder : folders)
        list_in(folder, fs::path(log).filename().string(), found, error);

    std::vector<Found> sorted;
    for (auto& [name, one] : found) sorted.push_back(std::move(one));
    std::sort(sorted.begin(), sorted.end(), [](const Found& a, const Found& b) {
        return a.backup.key != b.backup.key ? a.backup.key < b.backup.key : a.age > b.age;
    });
    std::vector<Backup> backups;
    for (Found& one : sorted) backups.push_back(std::move(one.backup));
    return backups;
}

}  // namespace redshank
