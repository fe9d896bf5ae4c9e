#include "daemon/sources/backup_queue.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <iterator>

#include "daemon/sources/neighbours.h"

namespace redshank {

namespace fs = std::filesystem;

namespace {

constexpr size_t kOpen = 128;      // files kept open at most
constexpr size_t kDone = 16;       // marks kept at most
constexpr size_t kFolders = 4;     // learned at most
constexpr size_t kStrangers = 64;  // told of at most, and not again
constexpr size_t kOwed = 256;      // backups that wait to become readable, at most

}  // namespace

void BackupQueue::load(const FilePosition& position) {
    // A backup that was named by a clock far ahead must not hide those that come: what was not read yet was
    // written after the last event that was.
    const int64_t last = std::chrono::nanoseconds(position.last_event.time_since_epoch()).count();
    after_ = position.after > latest_believable() ? last : position.after;
    certain_ = std::min(position.certain, after_);
    done_ = position.done;
    owed_ = position.owed;
    learned_ = position.folders;
}

void BackupQueue::store(FilePosition& position) const {
    position.after = after_;
    position.certain = certain_;
    position.done = done_;
    position.owed = owed_;
    position.folders = learned_;
}

void BackupQueue::skip_existing() {
    for (const Backup& backup : listed()) {
        const auto file = Generation::open(backup.path);
        done_up_to(backup, file ? file->head_mark() : "");
    }
}

// Begins a look at the folder.
std::vector<Backup> BackupQueue::list() {
    std::error_code error;
    std::vector<Backup> all = list_backups(log_, error, folders());
    problem_ = error ? fmt::format("cannot list the backups of {}: {}", log_, error.message()) : "";
    return all;
}

std::vector<Backup> BackupQueue::listed() const {
    std::error_code ignored;
    return list_backups(log_, ignored, folders());
}

void BackupQueue::cannot_read(const std::string& path, const std::string& reason) {
    problem_ = fmt::format("cannot read {}: {}", path, reason);
}

bool BackupQueue::refresh(const Generation* current, bool owes) {
    const FileFacts ours = current ? current->facts() : FileFacts{};
    const std::vector<Backup> all = list();
    // A copy of a file that cannot be told yet would be read as well.
    if (!load_heads()) return false;
    for (const Backup& backup : all) {
        if (waiting_.size() >= kOpen) break;
        if (is_done(backup) || is_waiting(backup) || owed(backup) != owed_.end()) continue;
        auto file = Generation::open(backup.path);
        if (!file && errno == ENOENT) continue;  // compressed or deleted since it was listed
        if (!file && was_read(backup)) continue;
        if (!file) {
            const std::string reason = std::strerror(errno);
            owes ? owe(backup, {}, reason) : cannot_read(backup.path, reason);
            continue;
        }
        if (current && (file->facts().same_file(ours) || file->begins_like(current->last_place()))) continue;
        // Cannot be distinguished from those that were read.
        if (backup.key <= after_ && file->head_mark().empty()) continue;
        if (is_unread(*file)) {
            waiting_.push_back({std::move(file), backup});
        } else if (backup.key <= after_ && seen_.size() < kOpen) {
            seen_.push_back(backup.key);
        }
    }
    sort();
    return problem_.empty();
}

// Files that were empty when they were opened may have been written and then compressed since, and one that
// has lost its name may have been cut off before. False when one cannot be read just now.
bool BackupQueue::load_heads() {
    const auto first = std::stable_partition(waiting_.begin(), waiting_.end(), [](const Waiting& one) {
        return one.is_known && !one.file->head_mark().empty();
    });
    std::vector<Waiting> unknown(std::make_move_iterator(first), std::make_move_iterator(waiting_.end()));
    waiting_.erase(first, waiting_.end());
    bool are_known = true;
    for (Waiting& one : unknown) {
        one.is_known = one.file->load_head();
        if (!one.is_known) cannot_read(one.backup.path, one.file->error());
        are_known &= one.is_known;
        if (is_unread(*one.file)) waiting_.push_back(std::move(one));
    }
    sort();
    return are_known;
}

void BackupQueue::add(std::unique_ptr<Generation> file) {
    const Backup backup{.path = file->path(), .key = file->facts().modified};
    waiting_.push_back({.file = std::move(file), .backup = backup, .has_name = false, .is_known = false});
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

// A file without a stamp may be a copy of what was read and then cut off: of those only newer ones count.
bool BackupQueue::is_done(const Backup& backup) const {
    if (!backup.is_stamped) return backup.key < after_;
    return backup.key <= certain_ || std::find(seen_.begin(), seen_.end(), backup.key) != seen_.end();
}

// By its name alone, as long as it cannot be opened.
bool BackupQueue::was_read(const Backup& backup) const {
    return backup.is_stamped && std::any_of(done_.begin(), done_.end(),
                                            [&](const DoneBackup& one) { return one.key == backup.key; });
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
                        [&](const DoneBackup& done) { return file.has_head_mark(done.mark); });
}

bool BackupQueue::has(const FilePlace& place) const {
    const auto is_open = [&](const Waiting& waiting) { return place.is_in(waiting.file->facts()); };
    const auto is_named = [&](const Backup& backup) {
        const auto facts = facts_of(backup.path);
        return facts && place.is_in(*facts);
    };
    if (std::any_of(waiting_.begin(), waiting_.end(), is_open)) return true;
    const auto all = listed();
    return std::any_of(all.begin(), all.end(), is_named);
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
            waiting_.erase(at);
            drop_older(search.found->backup);
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

// A stamped one that was read is not here: this one only looks older, by a clock that was set back.
void BackupQueue::drop_older(const Backup& backup) {
    const auto is_older = [&](const Waiting& one) {
        return !(one.has_name && one.backup.is_stamped) && one.backup.key <= backup.key;
    };
    for (const Waiting& one : waiting_)
        if (is_older(one)) done_with(one);
    std::erase_if(waiting_, is_older);
}

BackupQueue::Search BackupQueue::take_elsewhere(const FilePlace& place, LineSplitter& lines) {
    for (const Neighbour& one : neighbours(log_, folders())) {
        auto file = Generation::open(one.path);
        if (!file || file->resume(place, lines) != Generation::Found::Yes) continue;
        if (one.has_known_name) {
            add_folder(one.path);
            refresh(nullptr, false);
            return take(place, lines);
        }
        return {.found = Waiting{.file = std::move(file),
                                 .backup = {.path = one.path, .key = one.modified},
                                 .has_name = false}};
    }
    return {};
}

void BackupQueue::learn_folder_of(const Generation& file) {
    std::error_code error;
    const fs::path now = fs::read_symlink("/proc/self/fd/" + std::to_string(file.fd()), error);
    if (error || !has_backup_name(now.filename().string(), fs::path(log_).filename().string())) return;
    const FileFacts ours = file.facts();
    const auto facts = facts_of(now.string());
    const auto is_ours = [&](const Backup& backup) {
        const auto of_backup = facts_of(backup.path);
        return of_backup && of_backup->same_file(ours);
    };
    const auto all = listed();
    if (facts && facts->same_file(ours) && std::none_of(all.begin(), all.end(), is_ours))
        add_folder(now.string());
}

void BackupQueue::add_folder(const std::string& file) {
    learned_.push_back(fs::path(file).parent_path().string());
    if (learned_.size() > kFolders) learned_.erase(learned_.begin());
    // What lay there before this file is no news.
    for (const Backup& backup : listed()) {
        if (backup.path != file) continue;
        certain_ = std::max(certain_, backup.key - 1);
        after_ = std::max(after_, certain_);
    }
}

std::vector<std::string> BackupQueue::folders() const {
    std::vector<std::string> all = configured_;
    all.insert(all.end(), learned_.begin(), learned_.end());
    return all;
}

std::vector<std::string> BackupQueue::take_strangers(const FileFacts& finished) {
    std::vector<std::string> news;
    const auto live = Generation::open(log_);
    std::vector<Neighbour> all = neighbours(log_, folders());
    std::sort(all.begin(), all.end(),
              [](const Neighbour& a, const Neighbour& b) { return a.modified < b.modified; });
    bool may_be_finished = finished.links == 0;  // what a compressor made of it
    for (const Neighbour& one : all) {
        if (one.modified <= finished.modified || !resembles(one, log_)) continue;
        if (std::find(told_strangers_.begin(), told_strangers_.end(), one.path) != told_strangers_.end())
            continue;
        const auto file = Generation::open(one.path);
        const std::string mark = live ? live->head_mark() : std::string();
        const bool is_copy = file && !mark.empty() && file->has_head_mark(mark);
        if (file && (is_copy || !is_unread(*file))) continue;
        told_strangers_.push_back(one.path);
        if (!std::exchange(may_be_finished, false)) news.push_back(one.path + ": " + why_not_read(one));
        if (told_strangers_.size() > kStrangers) told_strangers_.erase(told_strangers_.begin());
    }
    return news;
}

std::vector<OwedBackup>::iterator BackupQueue::owed(const Backup& backup) {
    return std::find_if(owed_.begin(), owed_.end(),
                        [&](const OwedBackup& one) { return one.key == backup.key; });
}

// A temporary problem (a mode, a limit, a disk error) is no reason to give a backup up. Those behind it need
// not wait.
void BackupQueue::owe(const Backup& backup, std::optional<FilePlace> place, const std::string& reason) {
    after_ = std::max(after_, backup.key);
    if (owed(backup) != owed_.end()) return;
    owed_.push_back({.key = backup.key, .at = std::move(place)});
    if (!reason.empty()) failures_.push_back(backup.path + ": " + reason);
    if (owed_.size() <= kOwed) return;
    certain_ = std::max(certain_, owed_.front().key);  // given up
    owed_.erase(owed_.begin());
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
    std::string mark = file.head_mark();
    for (const Backup& backup : listed()) {
        if (backup.key < after_) continue;
        const auto facts = facts_of(backup.path);  // also when it cannot be opened
        const auto candidate = Generation::open(backup.path);
        const bool is_copy = candidate && candidate->begins_like(place);
        if (!is_copy && !(facts && facts->same_file(ours))) continue;
        after_ = std::max(after_, backup.key);
        if (mark.empty() && candidate) mark = candidate->head_mark();
    }
    add_mark(mark, after_);
}

void BackupQueue::done_with(const Waiting& waiting) {
    if (waiting.has_name) {
        done_up_to(waiting.backup, waiting.file->head_mark());
    } else {
        add_mark(waiting.file->head_mark(), after_);
    }
}

void BackupQueue::done_up_to(const Backup& backup, const std::string& mark) {
    after_ = std::max(after_, backup.key);
    add_mark(mark, backup.key);
}

void BackupQueue::add_mark(const std::string& mark, int64_t key) {
    if (mark.empty()) certain_ = std::max(certain_, key);  // it has no line by which it can be told
    if (mark.empty()) return;
    std::erase_if(done_, [&](const DoneBackup& one) { return one.mark == mark; });
    done_.push_back({mark, key});
    if (done_.size() <= kDone) return;
    certain_ = std::max({certain_, done_[0].key, done_[1].key - 1});
    done_.erase(done_.begin());
}

bool BackupQueue::has_lost_its_predecessor() const {
    if (after_ == 0) return false;
    std::error_code error;
    const std::vector<Backup> all = list_backups(log_, error, folders());
    return !error &&
           std::none_of(all.begin(), all.end(), [&](const Backup& backup) { return backup.key <= after_; });
}

uint64_t BackupQueue::bytes_waiting() const {
    uint64_t bytes = 0;
    for (const Waiting& waiting : waiting_) bytes += waiting.file->size_before_packing();
    return bytes;
}

}  // namespace redshank
