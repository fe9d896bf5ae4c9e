#include "daemon/sources/backups.h"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <map>
#include <optional>

#include "audit/time.h"
#include "daemon/sources/file_identity.h"

namespace redshank {

namespace fs = std::filesystem;

namespace {

constexpr std::string_view kGzip = ".gz";

bool take_suffix(std::string_view& text, std::string_view suffix) {
    if (!text.ends_with(suffix)) return false;
    text.remove_suffix(suffix.size());
    return true;
}

// The number behind "audit.log." or "audit.log-"; nullopt for any other name. logrotate counts up as files
// grow older, dates count the other way.
std::optional<int64_t> age_of(std::string_view name, std::string_view log) {
    if (!name.starts_with(log) || name.size() < log.size() + 2) return std::nullopt;
    const char separator = name[log.size()];
    const std::string_view digits = name.substr(log.size() + 1);
    if (separator != '.' && separator != '-') return std::nullopt;
    if (digits.find_first_not_of(separator == '-' ? "0123456789-" : "0123456789") != digits.npos)
        return std::nullopt;
    int64_t number = 0;
    std::from_chars(digits.data(), digits.data() + digits.size(), number);
    return separator == '.' ? number : -number;
}

struct Found {
    Backup backup;
    int64_t age = 0;  // among equal keys: larger is older
};

void list_beside(const fs::path& log, std::map<std::string, Found>& found) {
    const std::string log_name = log.filename().string();
    std::error_code error;
    const fs::path folder = log.has_parent_path() ? log.parent_path() : fs::path(".");
    for (fs::directory_iterator at(folder, error), end; !error && at != end; at.increment(error)) {
        const std::string whole = at->path().filename().string();
        std::string_view name = whole;
        const bool is_packed = take_suffix(name, kGzip);
        const int64_t stamp = stamp_of(name, log_name);
        const std::optional<int64_t> age = stamp ? 0 : age_of(name, log_name);
        if (!stamp && !age) continue;
        const std::string plain = (folder / name).string();
        if (is_packed && found.contains(plain)) continue;
        int64_t key = stamp;
        if (!key) {
            const auto facts = facts_of(at->path().string());
            if (!facts) continue;
            key = facts->modified;
        }
        found[plain] = {.backup = {.path = at->path().string(), .key = key, .is_stamped = stamp != 0},
                        .age = *age};
    }
}

}  // namespace

int64_t stamp_of(std::string_view name, std::string_view log) {
    const size_t dot = log.rfind('.');
    const std::string_view extension = dot == log.npos ? std::string_view{} : log.substr(dot);
    std::string_view stem = log;
    take_suffix(stem, extension);
    if (!take_suffix(name, extension) || !name.starts_with(stem)) return 0;
    name.remove_prefix(stem.size());
    // -2006-01-02T15-04-05.000
    constexpr std::string_view kShape = "-dddd-dd-ddTdd-dd-dd.ddd";
    if (name.size() != kShape.size()) return 0;
    for (size_t i = 0; i < kShape.size(); ++i) {
        const bool is_digit = name[i] >= '0' && name[i] <= '9';
        if (kShape[i] == 'd' ? !is_digit : name[i] != kShape[i]) return 0;
    }
    std::string text(name.substr(1));
    text[13] = text[16] = ':';
    const auto time = audit::parse_time(text + "Z");
    return time ? time->time_since_epoch().count() * 1000 : 0;
}

std::vector<Backup> list_backups(const std::string& log) {
    std::map<std::string, Found> found;  // by the plain name
    list_beside(log, found);
    std::error_code error;
    const fs::path target = fs::canonical(log, error);
    if (!error && target != fs::absolute(log).lexically_normal()) list_beside(target, found);

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
