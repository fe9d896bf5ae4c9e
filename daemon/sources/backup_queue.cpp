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

void BackupQueue::refresh(const Generation* current) {
    const FileFacts ours = current ? current->facts() : FileFacts{};
    // A backup that was empty when it was opened may have been written and then compressed since.
    for (const Waiting& waiting : waiting_) {
        if (waiting.file->head_mark().empty()) waiting.file->load_head();
    }
    for (const Backup& backup : list_backups(log_)) {
        if (waiting_.size() >= kOpen) break;
        if (backup.key < after_ || (backup.is_stamped && backup.key == after_)) continue;
        if (is_waiting(backup)) continue;
        auto file = Generation::open(backup.path);
        if (!file && errno == ENOENT) continue;  // compressed or deleted since it was listed
        if (!file) {
            owe(backup, errno);
            done_up_to(backup, "");  // those behind it need not wait
            continue;
        }
        if (current && (file->facts().same_file(ours) || file->begins_like(current->last_place()))) continue;
        // Cannot be distinguished from the last.
        if (backup.key == after_ && file->head_mark().empty()) continue;
        if (is_unread(*file)) waiting_.push_back({std::move(file), backup});
    }
    sort();
}

void BackupQueue::add(std::unique_ptr<Generation> file) {
    const Backup backup{.path = file->path(), .key = file->facts().modified};
    if (is_unread(*file)) waiting_.push_back({std::move(file), backup, false});
    sort();
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

std::optional<BackupQueue::Waiting> BackupQueue::take(const FilePlace& place, LineSplitter& lines) {
    for (auto at = waiting_.begin(); at != waiting_.end();) {
        if (at->file->resume(place, lines)) {
            Waiting found = std::move(*at);
            for (auto older = waiting_.begin(); older != at; ++older) done_with(*older);
            waiting_.erase(waiting_.begin(), at + 1);
            return found;
        }
        // A copy of what was read that ends sooner.
        const bool is_old = at->file->begins_like(place);
        if (is_old) done_with(*at);
        at = is_old ? waiting_.erase(at) : at + 1;
    }
    return std::nullopt;
}

// A temporary problem (a mode, a limit, a disk error) is no reason to give a backup up.
void BackupQueue::owe(const Backup& backup, int reason) {
    if (std::find(owed_.begin(), owed_.end(), backup.key) != owed_.end()) return;
    failures_.push_back(fmt::format("{}: {}", backup.path, std::strerror(reason)));
    owed_.push_back(backup.key);
    if (owed_.size() > kOwed) owed_.erase(owed_.begin());
}

std::optional<BackupQueue::Waiting> BackupQueue::take_owed() {
    if (owed_.empty()) return std::nullopt;
    for (const Backup& backup : list_backups(log_)) {
        const auto owed = std::find(owed_.begin(), owed_.end(), backup.key);
        if (owed == owed_.end()) continue;
        auto file = Generation::open(backup.path);
        if (!file) continue;
        owed_.erase(owed);
        if (is_unread(*file)) return Waiting{std::move(file), backup};
    }
    return std::nullopt;
}

std::optional<BackupQueue::Waiting> BackupQueue::find_owed(const FilePlace& place,
                                                           LineSplitter& lines) const {
    for (const Backup& backup : list_backups(log_)) {
        auto file = Generation::open(backup.path);
        if (file && file->resume(place, lines)) return Waiting{std::move(file), backup};
    }
    return std::nullopt;
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
    const std::vector<Backup> all = list_backups(log_);
    return std::none_of(all.begin(), all.end(), [&](const Backup& backup) { return backup.key <= after_; });
}

uint64_t BackupQueue::bytes_waiting() const {
    uint64_t bytes = 0;
    for (const Waiting& waiting : waiting_) bytes += waiting.file->size_before_packing();
    return bytes;
}

}  // namespace redshank
