// The internals of the file source: which file is read, where, and what follows it. In three files: where to
// begin (file_follower_start.cpp), reading and moving on (file_follower_read.cpp), returning lines
// (file_source.cpp).
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "daemon/sources/backup_queue.h"
#include "daemon/sources/file_keeper.h"
#include "daemon/sources/file_position.h"
#include "daemon/sources/file_source.h"
#include "daemon/sources/generation.h"
#include "daemon/sources/left_files.h"
#include "daemon/sources/log_losses.h"
#include "daemon/sources/log_watchdog.h"
#include "daemon/sources/watcher.h"

namespace redshank {

class FileSource : public Source {
  public:
    using Clock = FileSourceConfig::Clock;

    // How often folders are looked at for the log, and backups that could not be opened are tried again.
    static constexpr std::chrono::seconds kLookAgain{1};
    // How often the watches on folders are set anew, in case others are there by the same names. They only
    // shorten the wait for a file that is opened by its name once a second.
    static constexpr std::chrono::seconds kWatchAgain{10};
    // How long errors that hide or stop a backup may last before what is behind it is read.
    static constexpr std::chrono::seconds kErrorsPassIn{60};

    explicit FileSource(FileSourceConfig config)
        : config_(std::move(config)),
          name_("file:" + config_.path),
          lines_(config_.line_limit),
          watcher_(config_.inotify),
          keeper_(SdNotify::from_environment(), config_.path),
          backups_(config_.path, config_.folders()),
          left_(config_.line_limit),
          watchdog_(config_.path, {config_.stall_after, config_.max_size}),
          losses_(config_.path) {}

    const std::string& name() const override { return name_; }
    const std::string& cluster() const override { return config_.cluster; }
    int wake_fd() const override { return watcher_.wake_fd(); }
    bool hears_all() const override;
    void load(const StateReader& state) override;
    std::string start(const std::optional<std::string>& position) override;
    Read read(Batch& batch) override;
    bool can_wait() const override { return true; }
    std::string position_after(const Line& line) override;
    SourceStatus status() const override;

  private:
    bool take_kept();
    void hold_files();
    void start_fresh();
    bool seek();
    bool start_at(const FilePlace& place);
    bool start_before(const FilePlace& place);
    bool may_wait(const std::string& reason);
    bool may_come_back(int error);
    bool look_at_backups(bool owes);
    void go_on_after_loss(const FilePlace& place, std::unique_ptr<Generation> live);
    void adopt(std::unique_ptr<Generation> file, bool is_live);
    void adopt(BackupQueue::Waiting backup);

    Read read_current(Batch& batch);
    bool may_be_chosen_anew();
    void choose_next();
    void keep_live();
    std::optional<FilePlace> place_of_log() const;
    bool turn_to_owed(Clock::time_point now);
    bool has_next();
    void finish();
    bool on_changed();
    bool may_be_completed();
    bool may_be_readable();
    void is_readable();
    void put_off(const FilePlace& place);
    void on_damaged(const std::string& reason);
    bool read_left(Batch& batch);

    void deliver(Batch& batch);
    GenerationMark mark(Generation& file) const;
    void number(Generation& file);
    Read idle(Batch& batch);
    FilePosition position();
    std::string tell_position();
    FilePosition position_at(std::optional<FilePlace> place) const;
    void report_gap(const FilePlace& place);  // the file of the place no longer exists
    void report_gap(const char* what, std::string text);
    void report_truncation(const FilePlace& place);

    const FileSourceConfig config_;
    const std::string name_;
    LineSplitter lines_;  // of current_
    Watcher watcher_;
    Clock::time_point held_{}, watched_{};
    FileKeeper keeper_;
    BackupQueue backups_;
    LeftFiles left_;
    LogWatchdog watchdog_;

    std::unique_ptr<Generation> current_;
    std::unique_ptr<Generation> kept_;    // the log, while its backups are read: it may be deleted meanwhile
    bool is_live_ = false;                // current_ was opened by the name of the log
    std::optional<FilePlace> suspended_;  // where to go on once the backup that was owed is read
    Clock::time_point owed_looked_at_{};
    std::optional<BackupQueue::Waiting> own_;  // what current_ was called as a backup, without the file
    audit::Time last_event_{};                 // of the last line handed out
    LogLosses losses_;
    FilePosition told_;     // the position that was handed out last
    uint64_t numbers_ = 0;  // given to files
    FileFacts broken_off_;  // a compressed file as it was when it was found incomplete
    Clock::time_point broken_off_at_{};
    std::optional<Clock::time_point> failing_since_;  // reading current_ gives errors
    // Where to go on, when errors that may pass hide where that is. There is no current_ then.
    std::optional<FilePlace> sought_;
    std::optional<FilePlace> shut_;                   // the log that could not be opened when its turn came
    std::optional<Clock::time_point> hidden_since_;   // errors hide which backups there are
    std::optional<Clock::time_point> missing_since_;  // there is no log, nor what was read of it
    SourceStatus status_;
};

}  // namespace redshank
