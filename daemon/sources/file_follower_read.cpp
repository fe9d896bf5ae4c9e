// Reading a file, and what comes after it.
#include <fmt/format.h>

#include <cerrno>

#include "daemon/sources/file_follower.h"
#include "daemon/sources/unreadable.h"

namespace redshank {

namespace {

using std::chrono::seconds;

constexpr seconds kTrailerIn{10};  // how long an incomplete compressed backup may stop growing

}  // namespace

Source::Read FileSource::read(Batch& batch) {
    batch.clear();
    watcher_.drain();
    if (read_left(batch)) return Read::Lines;
    // A live file of which no line was read is chosen again: it may have become a backup meanwhile, or one
    // may precede it, and half a line cannot identify it, since all events begin alike.
    const bool is_untouched = current_ && is_live_ && lines_.position() == 0 && lines_.pending() <= kReadSize;
    if (!current_ || (is_untouched && may_be_chosen_anew())) choose_next();
    const Read result = read_current(batch);
    for (const std::string& failure : backups_.take_failures())
        report_gap("backup-unreadable", fmt::format("A backup could not be read: {}.", failure));
    return result;
}

Source::Read FileSource::read_current(Batch& batch) {
    bool is_last_look = false;
    while (current_) {
        switch (current_->read(lines_)) {
            case Generation::Progress::Data:
                is_last_look = false;
                is_readable();
                lines_.split(batch.lines);
                lines_.take_skips(batch.skips);
                if (batch.lines.empty() && batch.skips.empty()) continue;
                deliver(batch);
                return Read::Lines;
            case Generation::Progress::End:
                is_readable();
                if (!has_next()) return idle(batch);
                // The log has moved on, so what was written here before that is there by now.
                if (std::exchange(is_last_look, !is_last_look)) {
                    finish();
                    choose_next();
                }
                continue;
            case Generation::Progress::Changed:
                if (!on_changed()) return idle(batch);
                continue;
            case Generation::Progress::Incomplete:
                if (may_be_completed()) return idle(batch);
                on_damaged("its compressed data breaks off");
                continue;
            case Generation::Progress::Unreadable:
                if (may_be_readable()) return idle(batch);
                number(*current_);
                put_off(current_->place(lines_));
                continue;
            case Generation::Progress::Damaged:
                on_damaged(current_->error());
                continue;
        }
    }
    return idle(batch);
}

// A disk, file server or limit causes an error. The log is retried for ever, a backup only for a while, since
// others wait after it; one that was owed stays owed.
bool FileSource::may_be_readable() {
    const Clock::time_point now = config_.now();
    if (!failing_since_) failing_since_ = now;
    status_.problem =
        fmt::format("cannot read {}: {}; it is tried again", current_->path(), current_->error());
    if (is_live_) return true;
    return !own_->was_owed && now - *failing_since_ < kErrorsPassIn;
}

void FileSource::is_readable() {
    failing_since_.reset();
    status_.problem.clear();
}

// A backup that cannot be read on now: what is behind it is read, and its rest once it can be.
void FileSource::put_off(const FilePlace& place) {
    if (!own_->has_name) return on_damaged(current_->error());
    own_->file = std::move(current_);
    backups_.owe(*own_, place);
    own_.reset();
    choose_next();
}

// A backup that could not be opened is read as soon as it can be, between two looks at the log.
bool FileSource::turn_to_owed(Clock::time_point now) {
    if ((current_ && !is_live_) || suspended_ || sought_ || now - owed_looked_at_ < kLookAgain) return false;
    owed_looked_at_ = now;
    auto backup = backups_.take_owed();
    if (!backup) return false;
    suspended_ = std::exchange(shut_, std::nullopt);
    if (current_ && lines_.position() > 0) suspended_ = current_->place(lines_);
    kept_ = std::move(current_);
    lines_.reset(0);
    adopt(std::move(*backup));
    if (!own_->from) {
        current_->rewind(lines_);
        return true;
    }
    const Generation::Found found = current_->resume(*own_->from, lines_);
    if (found == Generation::Found::Hidden) put_off(FilePlace(*own_->from));
    // Another file with the name of one that was read in part is not its rest.
    if (found == Generation::Found::No) choose_next();
    return true;
}

// A file without a name can only be read here: alone it stays, else it waits among the backups for its turn.
bool FileSource::may_be_chosen_anew() {
    if (current_->facts().links > 0) return true;
    backups_.refresh(current_.get());
    if (backups_.empty()) return false;
    backups_.add(std::move(current_));
    return true;
}

void FileSource::choose_next() {
    current_.reset();
    lines_.reset(0);
    if (suspended_ && !sought_) sought_ = std::exchange(suspended_, std::nullopt);
    if (shut_ && !sought_) sought_ = std::exchange(shut_, std::nullopt);
    if (sought_ && (!seek() || current_)) return;
    keep_live();
    const int error = errno;
    if (!look_at_backups(true) && may_wait(backups_.problem())) return;
    if (!backups_.empty()) {
        adopt(backups_.pop());
    } else if (kept_) {
        adopt(std::move(kept_), true);
    } else {
        status_.problem = unreadable(config_.path, error);
        if (!is_gone(error)) shut_ = place_of_log();
        return;
    }
    current_->rewind(lines_);
}

// Of a log that cannot be opened, so that its loss is noticed if it goes before it can be.
std::optional<FilePlace> FileSource::place_of_log() const {
    const auto facts = facts_of(config_.path);
    if (!facts || !facts->is_regular) return std::nullopt;
    return FilePlace{.device = facts->device, .inode = facts->inode, .born = facts->born};
}

// Opens the log. A log that was kept open and has been deleted since waits among the backups. When there is
// no log, errno says why.
void FileSource::keep_live() {
    if (kept_ && kept_->facts().links == 0) backups_.add(std::move(kept_));
    kept_ = Generation::open(config_.path);
}

// Whether something comes after the current file. While nothing does, its writer may go on in it.
bool FileSource::has_next() {
    if (suspended_) return true;
    const auto live = facts_of(config_.path);
    if (live) return !live->same_file(current_->last_facts());
    if (!is_gone(errno)) {
        status_.problem = unreadable(config_.path, errno);
        return false;
    }
    keep_live();
    backups_.refresh(current_.get());
    return !backups_.empty();
}

void FileSource::finish() {
    number(*current_);  // lines may still be added to it
    const FilePlace place = current_->place(lines_);
    if (is_live_) {
        ++status_.rotations;
        backups_.learn_folder_of(*current_);
    }
    if (own_) {
        own_->file = std::move(current_);
        backups_.done_with(*own_);
        current_ = std::move(own_->file);
    } else {
        backups_.done_with(*current_, place);
    }
    const FileFacts facts = current_->facts();
    left_.add(std::move(current_), place, config_.now());
    const auto strangers = backups_.take_strangers(facts);
    if (!strangers.empty())
        report_gap("backup-unreadable",
                   fmt::format("What was written after the last file of {} that was read "
                               "may be in files that are not read: {}.",
                               config_.path, fmt::join(strangers, "; ")));
}

// The bytes where the last ones were read have changed. False: errors that may pass hide what has happened.
bool FileSource::on_changed() {
    const FilePlace place = current_->last_place();
    if (!is_live_) {
        on_damaged("it was changed while it was read");
        return true;
    }
    if (!current_->load_head()) {
        may_be_readable();
        return false;
    }
    auto live = std::move(current_);
    const bool is_truncated = live->facts().size < place.offset || !live->is_generation_of(place);
    if (!is_truncated) {
        go_on_after_loss(place, std::move(live));
        return true;
    }
    // A copy made before the truncation still holds what was not read of it. (If nothing was, it is unread.)
    const bool is_whole = look_at_backups(false);
    auto copy = place.offset > 0 ? backups_.take(place, lines_) : BackupQueue::Search{};
    const bool is_hidden = !copy.found && (!is_whole || copy.is_hidden) && live->facts().links > 0;
    if (is_hidden && place.offset > 0 && may_wait(backups_.problem())) {
        sought_ = place;
        return false;
    }
    report_truncation(place);
    if (live->facts().links == 0) {
        backups_.add(std::move(live));
    } else {
        kept_ = std::move(live);
    }
    copy.found ? adopt(std::move(*copy.found)) : choose_next();
    return true;
}

// A compressed file breaks off. It is read again from the beginning when it has changed.
bool FileSource::may_be_completed() {
    const FileFacts facts = current_->facts();
    const Clock::time_point now = config_.now();
    if (facts.size != broken_off_.size || facts.modified != broken_off_.modified) {
        broken_off_ = facts;
        broken_off_at_ = now;
        const FilePlace place = current_->place(lines_);
        if (current_->resume(place, lines_) == Generation::Found::No) current_->rewind(lines_);
    }
    return is_live_ || now - broken_off_at_ < kTrailerIn;
}

void FileSource::on_damaged(const std::string& reason) {
    report_gap("backup-damaged",
               fmt::format("{} could not be read to its end: {}.", current_->path(), reason));
    finish();
    choose_next();
}

bool FileSource::read_left(Batch& batch) {
    Generation* file = left_.read(batch.lines, batch.skips, config_.now());
    if (!file) return false;
    batch.file = file->path();
    batch.generation = mark(*file);
    batch.position = tell_position();
    return true;
}

}  // namespace redshank
