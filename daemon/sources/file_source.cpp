// Handing out what was read.
#include "daemon/sources/file_source.h"

#include <filesystem>

#include "daemon/sources/file_follower.h"
#include "daemon/sources/line_time.h"

namespace redshank {

namespace fs = std::filesystem;

void FileSource::deliver(Batch& batch) {
    batch.file = current_->path();
    status_.bytes_read += lines_.position() - current_->last_place().offset;
    if (!batch.lines.empty()) {
        losses_.end_gap(time_of_line(batch.lines.front().text));
        last_event_ = std::max(last_event_, time_of_line(batch.lines.back().text));
        watchdog_.grew(config_.now(), last_event_, losses_.notices());
    }
    number(*current_);
    batch.position = tell_position();
    batch.can_be_cut = true;
    batch.generation = mark(*current_);
    batch.notices = losses_.take();
}

// A file has no number before its first line is handed out.
void FileSource::number(Generation& file) {
    if (file.last_place().generation == 0) file.set_number(++numbers_);
}

GenerationMark FileSource::mark(Generation& file) const {
    const FilePlace& place = file.last_place();
    return {.id = file.id(),
            .number = place.generation,
            .head = place.head_mark(),
            .device = place.device,
            .inode = place.inode,
            .born = place.born,
            .line_limit = config_.line_limit};
}

Source::Read FileSource::idle(Batch& batch) {
    const Clock::time_point now = config_.now();
    if (turn_to_owed(now)) return read_current(batch);
    if (now - held_ >= kLookAgain) {
        held_ = now;
        hold_files();
    }
    if (now - watched_ >= (current_ ? kWatchAgain : kLookAgain)) {
        watched_ = now;
        std::error_code error;
        const fs::path target = fs::weakly_canonical(config_.path, error);
        watcher_.watch_folders(
            {fs::absolute(config_.path).parent_path().string(), target.parent_path().string()});
    }
    const auto facts = current_ ? std::optional(current_->facts()) : std::nullopt;
    if (is_live_ || !current_) watchdog_.look(facts ? &*facts : nullptr, now, losses_.notices());
    losses_.end_gap({});
    status_.caught_up = current_ != nullptr && !failing_since_;

    batch.file = current_ ? current_->path() : config_.path;
    batch.notices = losses_.take();
    if (position() != told_) batch.position = tell_position();
    return batch.notices.empty() && batch.position.empty() ? Read::Idle : Read::Lines;
}

// Of the open log, its name and its backups inotify tells, and nothing else is waited for.
bool FileSource::hears_all() const {
    return watcher_.hears_all() && is_live_ && status_.caught_up && !backups_.has_owed() &&
           !left_.awaits_lines();
}

FilePosition FileSource::position() {
    if (current_) return position_at(current_->place(lines_));
    return position_at(sought_ ? sought_ : shut_);
}

std::string FileSource::tell_position() {
    told_ = position();
    return told_.to_json();
}

std::string FileSource::position_after(const Line& line) {
    FilePosition position = position_at(current_->place_after(line));
    const audit::Time time = time_of_line(line.text);
    if (time != audit::Time{}) position.last_event = std::min(last_event_, time);
    return position.to_json();
}

FilePosition FileSource::position_at(std::optional<FilePlace> place) const {
    FilePosition position;
    position.at = std::move(place);
    position.suspended = suspended_;
    position.left = left_.places();
    backups_.store(position);
    position.holds_nameless =
        backups_.holds_nameless() || (kept_ && kept_->facts().links == 0 && kept_->facts().size > 0);
    position.last_event = last_event_;
    position.longest_silence = watchdog_.longest_silence().count();
    return position;
}

void FileSource::report_gap(const FilePlace& place) {
    ++status_.gaps;
    // A copy has the time of the last write, or a later one.
    const auto last = std::chrono::nanoseconds(last_event_.time_since_epoch()).count();
    losses_.lost(place.offset, last_event_, backups_.take_strangers({.modified = last, .links = 1}));
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

std::unique_ptr<Source> make_file_source(FileSourceConfig config) {
    return std::make_unique<FileSource>(std::move(config));
}

}  // namespace redshank
