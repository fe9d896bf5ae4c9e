#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "daemon/sources/file_identity.h"
#include "daemon/sources/source.h"

namespace redshank {

// Problems of a live log that its content does not show: it was deleted while being written, its owner or
// mode changed, it does not grow. Checked when everything has been read.
class LogWatchdog {
  public:
    using Time = std::chrono::steady_clock::time_point;
    struct Limits {
        std::chrono::seconds stall_after;  // 0: silence is never reported
        uint64_t max_size;                 // 0: unlimited
    };

    LogWatchdog(std::string log, Limits limits) : log_(std::move(log)), limits_(limits) {}

    void start(Time now, std::chrono::seconds longest_silence);
    // Owner and mode as they were when the position was stored.
    void expect(const FilePlace& place);
    // Lines have come. `last_event` is the time of the last.
    void grew(Time now, audit::Time last_event, std::vector<SourceNotice>& notices);
    // Everything has been read. nullptr: the log is not there.
    void look(const FileFacts* facts, Time now, std::vector<SourceNotice>& notices);

    std::chrono::seconds longest_silence() const { return longest_silence_; }

  private:
    struct Access {
        uint64_t inode = 0;
        uint32_t mode = 0, owner = 0, group = 0;
        bool operator==(const Access&) const = default;
    };

    void look_for_deletion(const FileFacts& facts, std::vector<SourceNotice>& notices);
    void look_at_access(const FileFacts& facts, Time now, std::vector<SourceNotice>& notices);
    void look_for_stall(const FileFacts* facts, Time now, std::vector<SourceNotice>& notices);
    SourceNotice notice(const char* kind, const char* what, std::string text) const;

    const std::string log_;
    const Limits limits_;

    std::optional<Access> access_;   // as it should be
    std::optional<Access> changed_;  // as it is, since changed_at_, if that differs
    Time changed_at_{};

    uint64_t deleted_inode_ = 0, size_at_deletion_ = 0;
    bool deletion_told_ = false;

    Time grew_at_{};
    audit::Time last_event_{};
    std::chrono::seconds longest_silence_{0};
    std::optional<SourceNotice> stalled_;
};

}  // namespace redshank
