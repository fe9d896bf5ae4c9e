// Decides where reading begins.
#include <fmt/format.h>

#include <algorithm>
#include <cerrno>

#include "daemon/ledger/rows.h"
#include "daemon/sources/file_follower.h"
#include "daemon/sources/unreadable.h"

namespace redshank {

using std::chrono::seconds;

void FileSource::load(const StateReader& state) {
    numbers_ = newest_generation(state, name_);
}

std::string FileSource::start(const std::optional<std::string>& text) {
    const Clock::time_point now = config_.now();
    const auto known = text ? FilePosition::from_json(*text) : std::nullopt;
    watchdog_.start(now, seconds{known ? known->longest_silence : 0});
    if (!known) {
        keeper_.take();
        start_fresh();
        return tell_position();
    }
    told_ = *known;
    last_event_ = known->last_event;
    backups_.load(*known);
    if (!known->left.empty()) left_.load(known->left, config_.path, backups_.folders(), now);
    suspended_ = known->suspended;
    sought_ = known->at;
    numbers_ = std::max(numbers_, known->newest_generation());
    if (!take_kept() && known->holds_nameless)
        report_gap("generation-lost",
                   fmt::format("A file of {} that was deleted before it was read is gone.", config_.path));
    seek();
    return {};
}

// Files that were deleted while redshank was down.
bool FileSource::take_kept() {
    bool is_any = false;
    for (UniqueFd& fd : keeper_.take()) {
        auto file = Generation::of(config_.path, std::move(fd));
        if (!file) continue;
        backups_.add(std::move(file));
        is_any = true;
    }
    return is_any;
}

// What is not read to its end must survive a crash, even where the API server deletes it meanwhile.
void FileSource::hold_files() {
    std::vector<int> files;
    if (current_) files.push_back(current_->fd());
    if (kept_) files.push_back(kept_->fd());
    backups_.add_open_files(files);
    keeper_.hold(files);
}

void FileSource::start_fresh() {
    if (config_.start != FileSourceConfig::Start::Oldest) backups_.skip_existing();
    if (config_.start != FileSourceConfig::Start::End) return;
    auto live = Generation::open(config_.path);
    if (!live || live->is_packed()) return;
    live->go_to_end(lines_);
    adopt(std::move(live), true);
}

// Goes on where a position says, first in an owed backup that was being read. False: errors that may pass
// hide where that is.
bool FileSource::seek() {
    if (suspended_ && sought_) {
        BackupQueue::Search owed = backups_.find_owed(*sought_, lines_);
        if (owed.found) {
            sought_.reset();
            adopt(std::move(*owed.found));
            return true;
        }
        if (owed.is_hidden && may_wait(backups_.problem())) return false;
        report_gap(*sought_);
    }
    if (suspended_) sought_ = std::exchange(suspended_, std::nullopt);
    if (sought_ && !start_at(*sought_)) return false;
    sought_.reset();
    return true;
}

bool FileSource::start_at(const FilePlace& place) {
    if (place.offset == 0) return start_before(place);
    using Found = Generation::Found;
    const auto is_hidden = [&](const std::string& reason) {
        status_.problem = reason;
        return false;
    };
    // A log that was kept open while an owed backup was read may have lost its name.
    Found found = kept_ ? kept_->resume(place, lines_) : Found::No;
    if (found == Found::Hidden) return is_hidden("cannot read " + config_.path + ": " + kept_->error());
    auto live = found == Found::Yes ? std::move(kept_) : Generation::open(config_.path);
    const int error = errno;
    if (live && place.is_in(live->facts())) watchdog_.expect(place);
    if (found != Found::Yes && live) found = live->resume(place, lines_);
    if (found == Found::Yes && place.is_in(live->facts())) {
        adopt(std::move(live), true);
        return true;
    }
    // Another file may begin alike and be the one: the oldest is read on, so that nothing is skipped.
    const bool is_whole = look_at_backups(false);
    BackupQueue::Search backup = backups_.take(place, lines_);
    if (found != Found::Yes && !backup.found && is_whole && !backup.is_hidden)
        backup = backups_.take_elsewhere(place, lines_);
    if (backup.found) {
        if (live && place.is_in(live->facts())) report_truncation(place);
        kept_ = std::move(live);
        adopt(std::move(*backup.found));
        return true;
    }
    if (found == Found::Yes && live->resume(place, lines_) == Found::Yes) {
        adopt(std::move(live), true);
        return true;
    }
    if (!live && !is_gone(error)) return is_hidden(unreadable(config_.path, error));
    if (found == Found::Hidden) return is_hidden("cannot read " + config_.path + ": " + live->error());
    if ((!is_whole || backup.is_hidden) && may_wait(backups_.problem())) return false;
    if (!live && backups_.empty() && may_come_back(error)) return false;
    go_on_after_loss(place, std::move(live));
    return true;
}

// Nothing was read of the file, so only its inode is known: it is found among all files, as unread. It need
// not be one that can be opened.
bool FileSource::start_before(const FilePlace& place) {
    const auto live = facts_of(config_.path);
    if (live && place.is_in(*live)) {
        if (place.mode != 0) watchdog_.expect(place);
        return true;
    }
    if (!live && !is_gone(errno)) {
        status_.problem = unreadable(config_.path, errno);
        return false;
    }
    if (backups_.has(place)) return true;
    if (!look_at_backups(false) && may_wait(backups_.problem())) return false;
    if (!live && backups_.empty() && may_come_back(ENOENT)) return false;
    if (backups_.empty() || backups_.has_lost_its_predecessor()) report_gap(place);
    return true;
}

// Backups that cannot be listed or read may be what comes next. That is worth a wait, but not for ever.
bool FileSource::may_wait(const std::string& reason) {
    status_.problem = reason + "; it is tried again";
    if (!hidden_since_) hidden_since_ = config_.now();
    return config_.now() - *hidden_since_ < kErrorsPassIn;
}

// A disk that is mounted late, or a folder that is made anew: there is nothing to read in the meantime.
bool FileSource::may_come_back(int error) {
    status_.problem = unreadable(config_.path, error);
    if (!missing_since_) missing_since_ = config_.now();
    return config_.now() - *missing_since_ < kErrorsPassIn;
}

bool FileSource::look_at_backups(bool owes) {
    const bool is_whole = backups_.refresh(nullptr, owes);
    if (is_whole) hidden_since_.reset();
    return is_whole;
}

// The place is nowhere to be found.
void FileSource::go_on_after_loss(const FilePlace& place, std::unique_ptr<Generation> live) {
    if (live && place.is_in(live->facts())) {
        if (!live->is_generation_of(place) || live->facts().size < place.offset)
            return report_truncation(place);
        losses_.rewritten(place.offset, last_event_);
        live->resync(place.offset, lines_);
        return adopt(std::move(live), true);
    }
    report_gap(place);
}

void FileSource::adopt(std::unique_ptr<Generation> file, bool is_live) {
    current_ = std::move(file);
    is_live_ = is_live;
    own_.reset();
    broken_off_ = {};
    failing_since_.reset();
    status_.problem.clear();
    watcher_.watch_file(current_->fd());
    watched_ = {};
    hold_files();
}

void FileSource::adopt(BackupQueue::Waiting backup) {
    adopt(std::move(backup.file), false);
    own_ = std::move(backup);
}

}  // namespace redshank
