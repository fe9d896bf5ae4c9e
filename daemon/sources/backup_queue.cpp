#include "daemon/sources/backup_queue.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace redshank {

namespace {

constexpr size_t kOpen = 128;  // files kept open at most
constexpr size_t kDone = 16;   // marks kept at most
constexpr size_t kOwed = 256;  // backups that wait to become readable, at most

}  // namespace

void BackupQueue::load(const FilePosition& position) {
    // A backup that was named by a clock far ahead must not hide those that come: what was not read yet was
    // written after the last event that was.
    const int64_t last = std::chrono::nanoseconds(position.last_event.time_since_epoch()).count();
    after_ = position.after > latest_believable() ? last : position.after;
    done_ = position.done;
    owed_ = position.owed;
}

void BackupQueue::store(FilePosition& position) const {
    position.after = after_;
    position.done = done_;
    position.owed = owed_;
}

void BackupQueue::skip_existing() {
    for (const Backup& backup : list_backups(log_)) {
        const auto file = Generation::open(backup.path);
        done_up_to(backup, file ? file->head_mark() : "");
    }
}

// Begins a look at the folder.
std::vector<Backup> BackupQueue::list() {
    std::error_code error;
    std::vector<Backup> all = list_backups(log_, error);
    problem_ = error ? fmt::format("cannot list the backups of {}: {}", log_, error.message()) : "";
    return all;
}

void BackupQueue::cannot_read(const std::string& path, const std::string& reason) {
    problem_ = fmt::format("cannot read {}: {}", path, reason);
}

bool BackupQueue::refresh(const Generation* current, bool owes) {
    const FileFacts ours = current ? current->facts() : FileFacts{};
    // A backup that was empty when it was opened may have been written and then compressed since.
    for (const Waiting& waiting : waiting_) {
        if (waiting.file->head_mark().empty()) waiting.file->load_head();
    }
    for (const Backup& backup : list()) {
        if (waiting_.size() >= kOpen) break;
        if (backup.key < after_ || (backup.is_stamped && backup.key == after_)) continue;
        if (is_waiting(backup) || owed(backup) != owed_.end()) continue;
        auto file = Generation::open(backup.path);
        if (!file && errno == ENOENT) continue;  // compressed or deleted since it was listed
        if (!file) {
            const std::string reason = std::strerror(errno);
            owes ? owe(backup, {}, reason) : cannot_read(backup.path, reason);
            continue;
        }
        if (current && (file->facts().same_file(ours) || file->begins_like(current->last_place()))) continue;
        // Cannot be distinguished from the last.
        if (backup.key == after_ && file->head_mark().empty()) continue;
        if (is_unread(*file)) waiting_.push_back({std::move(file), backup});
    }
    sort();
    return problem_.empty();
}

void BackupQueue::add(std::unique_ptr<Generation> file) {
    const Backup backup{.path = file->path(), .key = file->facts().modified};
    if (is_unread(*file)) waiting_.push_back({std::move(file), backup, false});
    sort();
}

bool BackupQueue::holds_nameless() const {
    return std::any_of(waiting_.begin(), waiting_.end(),
                       [](const Waiting& waiting) { return !waiting.has_name; });
}

void BackupQueue::add_open_files(std::vector<int>& files) const {
    for (const Waiting& waiting : waiting_) files.push_back(waiting.file->fd());
}

void BackupQueue::sort() {
    std::stable_sort(waiting_.begin(), waiting_.end(),
                     [](const Waiting& a, const Waiting& b) { return a.backup.key < b.backup.key; });
}

// Compares names: a backup with a time in its name may have been compressed since it was opened.
bool BackupQueue::is_waiting(const Backup& backup) const {
    return std::any_of(waiting_.begin(), waiting_.end(), [&](const Waiting& waiting) {
        return waiting.backup.key == backup.key && (backup.is_stamped || waiting.backup.path == backup.path);
    });
}

// Compares content.
bool BackupQueue::is_unread(const Generation& file) const {
    const FileFacts facts = file.facts();
    for (const Waiting& waiting : waiting_) {
        if (waiting.file->facts().same_file(facts)) return false;
        const std::string mark = waiting.file->head_mark();
        if (!mark.empty() && file.has_head_mark(mark)) return false;
    }
    return std::none_of(done_.begin(), done_.end(),
                        [&](const std::string& mark) { return file.has_head_mark(mark); });
}

bool BackupQueue::has(const FilePlace& place) const {
    return std::any_of(waiting_.begin(), waiting_.end(),
                       [&](const Waiting& waiting) { return place.is_in(waiting.file->facts()); });
}

BackupQueue::Waiting BackupQueue::pop() {
    Waiting first = std::move(waiting_.front());
    waiting_.erase(waiting_.begin());
    return first;
}

BackupQueue::Search BackupQueue::take(const FilePlace& place, LineSplitter& lines) {
    Search search;
    for (auto at = waiting_.begin(); at != waiting_.end();) {
        const Generation::Found found = at->file->resume(place, lines);
        if (found == Generation::Found::Yes) {
            search.found = std::move(*at);
            for (auto older = waiting_.begin(); older != at; ++older) done_with(*older);
            waiting_.erase(waiting_.begin(), at + 1);
            return search;
        }
        if (found == Generation::Found::Hidden) {
            cannot_read(at->backup.path, at->file->error());
            search.is_hidden = true;
            ++at;
            continue;
        }
        // A copy of what was read that ends sooner.
        const bool is_old = at->file->begins_like(place);
        if (is_old) done_with(*at);
        at = is_old ? waiting_.erase(at) : at + 1;
    }
    return search;
}

std::vector<OwedBackup>::iterator BackupQueue::owed(const Backup& backup) {
    return std::find_if(owed_.begin(), owed_.end(),
                        [&](const OwedBackup& one) { return one.key == backup.key; });
}

// A temporary problem (a mode, a limit, a disk error) is no reason to give a backup up. Those behind it need
// not wait.
void BackupQueue::owe(const Backup& backup, std::optional<FilePlace> place, const std::string& reason) {
    done_up_to(backup, "");
    if (owed(backup) != owed_.end()) return;
    owed_.push_back({.key = backup.key, .at = std::move(place)});
    if (!reason.empty()) failures_.push_back(backup.path + ": " + reason);
    if (owed_.size() > kOwed) owed_.erase(owed_.begin());
}

void BackupQueue::owe(const Waiting& waiting, const FilePlace& place) {
    const bool is_told = waiting.was_owed;
    owe(waiting.backup, place.offset > 0 ? std::optional(place) : std::nullopt,
        is_told ? "" : waiting.file->error());
}

std::optional<BackupQueue::Waiting> BackupQueue::take_owed() {
    if (owed_.empty()) return std::nullopt;
    for (const Backup& backup : list()) {
        const auto one = owed(backup);
        if (one == owed_.end()) continue;
        auto file = Generation::open(backup.path);
        if (!file) continue;
        auto from = std::move(one->at);
        owed_.erase(one);
        if (from || is_unread(*file))
            return Waiting{
                .file = std::move(file), .backup = backup, .was_owed = true, .from = std::move(from)};
    }
    return std::nullopt;
}

BackupQueue::Search BackupQueue::find_owed(const FilePlace& place, LineSplitter& lines) {
    for (const Backup& backup : list()) {
        auto file = Generation::open(backup.path);
        if (!file && errno == ENOENT) continue;
        if (!file) {
            cannot_read(backup.path, std::strerror(errno));
            continue;
        }
        const Generation::Found found = file->resume(place, lines);
        if (found == Generation::Found::Yes)
            return {.found = Waiting{.file = std::move(file), .backup = backup, .was_owed = true}};
        if (found == Generation::Found::Hidden) cannot_read(backup.path, file->error());
    }
    return {.found = {}, .is_hidden = !problem_.empty()};
}

void BackupQueue::done_with(const Generation& file, const FilePlace& place) {
    const FileFacts ours = file.facts();
    add_mark(file.head_mark());
    for (const Backup& backup : list_backups(log_)) {
        if (backup.key < after_) continue;
        const auto candidate = Generation::open(backup.path);
        if (candidate && (candidate->facts().same_file(ours) || candidate->begins_like(place)))
            after_ = std::max(after_, backup.key);
    }
}

void BackupQueue::done_with(const Waiting& waiting) {
    if (waiting.has_name) {
        done_up_to(waiting.backup, waiting.file->head_mark());
    } else {
        add_mark(waiting.file->head_mark());
    }
}

void BackupQueue::done_up_to(const Backup& backup, const std::string& mark) {
    after_ = std::max(after_, backup.key);
    add_mark(mark);
}

void BackupQueue::add_mark(const std::string& mark) {
    if (mark.empty()) return;
    std::erase(done_, mark);
    done_.push_back(mark);
    if (done_.size() > kDone) done_.erase(done_.begin());
}

bool BackupQueue::has_lost_its_predecessor() const {
    if (after_ == 0) return false;
    std::error_code error;
    const std::vector<Backup> all = list_backups(log_, error);
    return !error &&
           std::none_of(all.begin(), all.end(), [&](const Backup& backup) { return backup.key <= after_; });
}

uint64_t BackupQueue::bytes_waiting() const {
    uint64_t bytes = 0;
    for (const Waiting& waiting : waiting_) bytes += waiting.file->size_before_packing();
    return bytes;
}

}  // namespace redshank
