#include "daemon/sources/file_source.h"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <utility>

#include "daemon/sources/backup_queue.h"
#include "daemon/sources/file_position.h"
#include "daemon/sources/generation.h"
#include "daemon/sources/left_files.h"
#include "daemon/sources/line_time.h"
#include "daemon/sources/log_losses.h"
#include "daemon/sources/log_watchdog.h"
#include "daemon/sources/watcher.h"

namespace redshank {

namespace fs = std::filesystem;

namespace {

using Clock = FileSourceConfig::Clock;
using std::chrono::seconds;

constexpr seconds kTrailerIn{10};  // how long a compressed backup that breaks off may stand still
constexpr seconds kLookAgain{1};   // for folders to watch

class FileSource : public Source {
  public:
    explicit FileSource(FileSourceConfig config)
        : config_(std::move(config)),
          name_("file:" + config_.path),
          lines_(config_.line_limit),
          watcher_(config_.inotify),
          backups_(config_.path),
          left_(config_.line_limit),
          watchdog_(config_.path, {config_.stall_after, config_.max_size}),
          losses_(config_.path) {}

    const std::string& name() const override { return name_; }
    const std::string& cluster() const override { return config_.cluster; }
    int wake_fd() const override { return watcher_.wake_fd(); }
    std::string start(const std::optional<std::string>& position) override;
    Read read(Batch& batch) override;
    SourceStatus status() const override;

  private:
    void start_fresh();
    void start_at(const FilePlace& place);
    void go_on_after_loss(const FilePlace& place, std::unique_ptr<Generation> live);
    void adopt(std::unique_ptr<Generation> file, bool is_live);
    void adopt(BackupQueue::Waiting backup);

    Read read_current(Batch& batch);
    bool may_be_chosen_anew();
    void choose_next();
    void keep_live();
    bool has_next();
    void finish();
    void on_changed();
    bool may_be_completed();
    void on_damaged(const std::string& reason);
    bool read_left(Batch& batch);

    void deliver(Batch& batch);
    Read idle(Batch& batch);
    std::string position();
    void report_gap(const FilePlace& place);  // the file of the place is gone
    void report_gap(const char* what, std::string text);
    void report_truncation(const FilePlace& place);

    const FileSourceConfig config_;
    const std::string name_;
    LineSplitter lines_;  // of current_
    LineSplitter::Counters reported_, reported_left_;
    Watcher watcher_;
    Clock::time_point watched_{};
    BackupQueue backups_;
    LeftFiles left_;
    LogWatchdog watchdog_;

    std::unique_ptr<Generation> current_;
    std::unique_ptr<Generation> kept_;  // the log, while its backups are read: it may be deleted meanwhile
    bool is_live_ = false;              // current_ was opened by the name of the log
    std::optional<BackupQueue::Waiting> own_;  // what current_ was called as a backup, without the file
    audit::Time last_event_{};                 // of the last line handed out
    LogLosses losses_;
    std::string told_position_;
    FileFacts broken_off_;  // a compressed file as it was when it was found incomplete
    Clock::time_point broken_off_at_{};
    SourceStatus status_;
};

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
    if (known->at) start_at(*known->at);
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
    // Of a file of which nothing was read only the inode is known; it is found in the order of all, as
    // unread.
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
    status_.problem.clear();
    watcher_.watch_file(current_->fd());
}

void FileSource::adopt(BackupQueue::Waiting backup) {
    adopt(std::move(backup.file), false);
    own_ = std::move(backup);
}

// ---- reading

Source::Read FileSource::read(Batch& batch) {
    batch.clear();
    watcher_.drain();
    if (read_left(batch)) return Read::Lines;
    // A live file of which no line was read is chosen anew: meanwhile it may have become a backup, or be
    // preceded by one, and half a line does not tell whether it is still the same (all events begin alike).
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
                lines_.split(batch.lines);
                append_skips(std::exchange(reported_, lines_.counters()), lines_.counters(), batch.skips);
                if (batch.lines.empty() && batch.skips.empty()) continue;
                deliver(batch);
                return Read::Lines;
            case Generation::Progress::End:
                if (!has_next()) return idle(batch);
                // The log has moved on, so what was written here before that is there by now.
                if (std::exchange(is_last_look, !is_last_look)) {
                    finish();
                    choose_next();
                }
                continue;
            case Generation::Progress::Changed:
                on_changed();
                continue;
            case Generation::Progress::Incomplete:
                if (may_be_completed()) return idle(batch);
                on_damaged("its compressed data breaks off");
                continue;
            case Generation::Progress::Damaged:
                on_damaged(current_->error());
                continue;
        }
    }
    return idle(batch);
}

// A file without a name can only be read here: alone it stays, else it waits among the backups for its turn.
bool FileSource::may_be_chosen_anew() {
    if (current_->facts().links > 0) return true;
    backups_.refresh(current_.get());
    if (backups_.empty()) return false;
    current_->load_head();  // one of them may be a copy
    backups_.add(std::move(current_));
    return true;
}

void FileSource::choose_next() {
    current_.reset();
    lines_.reset(0);
    backups_.refresh(nullptr);
    errno = 0;
    keep_live();
    if (!backups_.empty()) {
        adopt(backups_.pop());
    } else if (kept_) {
        adopt(std::move(kept_), true);
    } else {
        const int reason = errno;
        const bool is_forbidden = reason == EACCES || reason == EPERM;
        status_.problem = fmt::format(
            "cannot read {}: {}{}", config_.path,
            reason == EISDIR ? "it is no regular file" : std::strerror(reason),
            is_forbidden ? "; let the service's group read it: chgrp GROUP FILE && chmod 0640 FILE, "
                           "and x for it on the folder (the API server keeps both at rotation)"
                         : "");
        return;
    }
    current_->rewind(lines_);
}

// Opens the log. One that was kept open and has been deleted since waits among the backups for its turn. When
// there is no log, errno says why.
void FileSource::keep_live() {
    if (kept_ && kept_->facts().links == 0) {
        kept_->load_head();  // a compressed copy may be there
        backups_.add(std::move(kept_));
    }
    kept_ = Generation::open(config_.path);
}

// Whether something comes after the current file. While nothing does, its writer may go on in it.
bool FileSource::has_next() {
    const auto live = facts_of(config_.path);
    if (live) return !live->same_file(current_->facts());
    keep_live();
    backups_.refresh(current_.get());
    return !backups_.empty();
}

void FileSource::finish() {
    const FilePlace place = current_->place(lines_);
    if (is_live_) ++status_.rotations;
    if (own_) {
        own_->file = std::move(current_);
        backups_.done_with(*own_);
        current_ = std::move(own_->file);
    } else {
        backups_.done_with(*current_, place);
    }
    left_.add(std::move(current_), place, config_.now());
}

// Other bytes stand where the last ones were read.
void FileSource::on_changed() {
    const FilePlace place = current_->last_place();
    if (!is_live_) return on_damaged("it was changed while it was read");
    auto live = std::move(current_);
    live->load_head();
    const bool is_truncated = live->facts().size < place.offset || !live->begins_like(place);
    if (!is_truncated) return go_on_after_loss(place, std::move(live));
    report_truncation(place);
    // A copy made before the truncation still holds what was not read of it. (If nothing was, it is unread.)
    backups_.refresh(nullptr);
    auto copy = place.offset > 0 ? backups_.take(place, lines_) : std::nullopt;
    if (live->facts().links == 0) {
        backups_.add(std::move(live));
    } else {
        kept_ = std::move(live);
    }
    if (copy) return adopt(std::move(*copy));
    choose_next();
}

// A compressed file breaks off. It is read again from the beginning when it has changed.
bool FileSource::may_be_completed() {
    const FileFacts facts = current_->facts();
    const Clock::time_point now = config_.now();
    if (facts.size != broken_off_.size || facts.modified != broken_off_.modified) {
        broken_off_ = facts;
        broken_off_at_ = now;
        const FilePlace place = current_->place(lines_);
        if (!current_->resume(place, lines_)) current_->rewind(lines_);
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
    const Generation* file = left_.read(batch.lines, config_.now());
    if (!file) return false;
    batch.file = file->path();
    batch.position = told_position_ = position();
    append_skips(std::exchange(reported_left_, left_.counters()), left_.counters(), batch.skips);
    return true;
}

// ---- handing out

void FileSource::deliver(Batch& batch) {
    batch.file = current_->path();
    status_.bytes_read += lines_.position() - current_->last_place().offset;
    if (!batch.lines.empty()) {
        losses_.end_gap(time_of_line(batch.lines.front().text));
        last_event_ = std::max(last_event_, time_of_line(batch.lines.back().text));
        watchdog_.grew(config_.now(), last_event_, losses_.notices());
    }
    batch.position = told_position_ = position();
    batch.notices = losses_.take();
}

Source::Read FileSource::idle(Batch& batch) {
    const Clock::time_point now = config_.now();
    if (now - watched_ >= kLookAgain) {
        watched_ = now;
        std::error_code error;
        const fs::path target = fs::weakly_canonical(config_.path, error);
        watcher_.watch_folders(
            {fs::absolute(config_.path).parent_path().string(), target.parent_path().string()});
    }
    const auto facts = current_ ? std::optional(current_->facts()) : std::nullopt;
    if (is_live_ || !current_) watchdog_.look(facts ? &*facts : nullptr, now, losses_.notices());
    losses_.end_gap({});
    status_.caught_up = current_ != nullptr;

    batch.file = current_ ? current_->path() : config_.path;
    batch.notices = losses_.take();
    std::string now_at = position();
    if (now_at != told_position_) batch.position = told_position_ = std::move(now_at);
    return batch.notices.empty() && batch.position.empty() ? Read::Idle : Read::Lines;
}

std::string FileSource::position() {
    FilePosition position;
    if (current_) position.at = current_->place(lines_);
    position.left = left_.places();
    backups_.store(position);
    position.last_event = last_event_;
    position.longest_silence = watchdog_.longest_silence().count();
    return position.to_json();
}

void FileSource::report_gap(const FilePlace& place) {
    ++status_.gaps;
    losses_.lost(place.offset, last_event_);
}

void FileSource::report_gap(const char* what, std::string text) {
    ++status_.gaps;
    losses_.gap(what, std::move(text), last_event_);
}

void FileSource::report_truncation(const FilePlace& place) {
    ++status_.truncations;
    losses_.truncated(place.offset, last_event_);
}

SourceStatus FileSource::status() const {
    SourceStatus status = status_;
    status.up = current_ != nullptr;
    status.lag_bytes = backups_.bytes_waiting() + (kept_ ? kept_->size_before_packing() : 0);
    if (current_) {
        const uint64_t size = current_->size_before_packing();
        status.lag_bytes += size > lines_.position() ? size - lines_.position() : 0;
    }
    status.nul_bytes = lines_.counters().nul_bytes + left_.counters().nul_bytes;
    status.oversize_lines = lines_.counters().oversize_lines + left_.counters().oversize_lines;
    return status;
}

}  // namespace

std::unique_ptr<Source> make_file_source(FileSourceConfig config) {
    return std::make_unique<FileSource>(std::move(config));
}

}  // namespace redshank
