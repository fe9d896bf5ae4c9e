#pragma once

#include <optional>
#include <string>
#include <vector>

#include "daemon/sources/source.h"

namespace redshank {

// Notices of a file source about its log, in words, kept until the next batch takes them. A gap waits for the
// first line after it, which shows when it ended.
class LogLosses {
  public:
    explicit LogLosses(std::string log) : log_(std::move(log)) {}

    // `last_event`: of the last line before it.
    void gap(const char* what, std::string text, audit::Time last_event);
    // The file that was read up to the offset no longer exists.
    // `beside`: files that are not read, with reasons.
    void lost(uint64_t offset, audit::Time last_event, const std::vector<std::string>& beside);
    void truncated(uint64_t offset, audit::Time last_event);
    void rewritten(uint64_t offset, audit::Time last_event);

    // The waiting gap has ended with this line; Time{} when its time is unknown.
    void end_gap(audit::Time first_behind);
    // For other parts that have notices.
    std::vector<SourceNotice>& notices() { return notices_; }
    std::vector<SourceNotice> take();

  private:
    const std::string log_;
    std::vector<SourceNotice> notices_;
    std::optional<SourceNotice> gap_;
};

}  // namespace redshank
