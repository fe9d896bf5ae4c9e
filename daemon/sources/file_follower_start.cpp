// Decides where reading begins.
#include <algorithm>

#include "daemon/ledger/rows.h"
#include "daemon/sources/file_follower.h"

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
        start_fresh();
        return told_position_ = position();
    }
    told_position_ = *text;
    last_event_ = known->last_event;
    backups_.load(*known);
    left_.load(known->left, config_.path, now);
    suspended_ = known->suspended;
    numbers_ = std::max(numbers_, known->newest_generation());
    auto owed = suspended_ && known->at ? backups_.find_owed(*known->at, lines_) : std::nullopt;
    if (owed) {
        adopt(std::move(*owed));
    } else if (suspended_) {
        if (known->at) report_gap(*known->at);
        go_back(*std::exchange(suspended_, std::nullopt));
    } else if (known->at) {
        start_at(*known->at);
    }
    return {};
}

void FileSource::start_fresh() {
    if (config_.start != FileSourceConfig::Start::Oldest) backups_.skip_existing();
    if (config_.start != FileSourceConfig::Start::End) return;
    auto live = Generation::open(config_.path);
    if (!live || live->is_packed()) return;
    live->go_to_end(lines_);
    adopt(std::move(live), true);
}

void FileSource::start_at(const FilePlace& place) {
    auto live = Generation::open(config_.path);
    if (live && place.is_in(live->facts())) watchdog_.expect(place);
    // For a file of which nothing was read, only the inode is known; it is found among all files, as unread.
    if (place.offset > 0 && live && live->resume(place, lines_)) return adopt(std::move(live), true);
    backups_.refresh(nullptr);
    if (place.offset == 0) {
        const bool is_there = (live && place.is_in(live->facts())) || backups_.has(place);
        if (!is_there && !backups_.empty() && backups_.has_lost_its_predecessor()) report_gap(place);
        return;
    }
    if (auto backup = backups_.take(place, lines_)) {
        if (live && place.is_in(live->facts())) report_truncation(place);
        kept_ = std::move(live);
        return adopt(std::move(*backup));
    }
    go_on_after_loss(place, std::move(live));
}

// The place is nowhere to be found.
void FileSource::go_on_after_loss(const FilePlace& place, std::unique_ptr<Generation> live) {
    if (live && place.is_in(live->facts())) {
        if (!live->begins_like(place) || live->facts().size < place.offset) return report_truncation(place);
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
}

void FileSource::adopt(BackupQueue::Waiting backup) {
    adopt(std::move(backup.file), false);
    own_ = std::move(backup);
}

}  // namespace redshank
