#pragma once

#include <optional>
#include <string>
#include <vector>

#include "daemon/sources/source.h"

namespace redshank {

// What a file source has to say of its log, in words, until the next batch takes it along. A gap waits for
// the first line behind it, which tells until when it lasted.
class LogLosses {
  public:
    explicit LogLosses(std::string log) : log_(std::move(log)) {}

    // `last_event`: of the last line before it.
    void gap(const char* what, std::string text, audit::Time last_event);
    // The file that was read up to the offset is gone.
    void lost(uint64_t offset, audit::Time last_event);
    void truncated(uint64_t offset, audit::Time last_event);
    void rewritten(uint64_t offset, audit::Time last_event);

    // The gap that waits has ended with this line; Time{}: nobody knows.
    void end_gap(audit::Time first_behind);
    // For others that have something to say.
    std::vector<SourceNotice>& notices() { return notices_; }
    std::vector<SourceNotice> take();

  private:
    const std::string log_;
    std::vector<SourceNotice> notices_;
    std::optional<SourceNotice> gap_;
};

}  // namespace redshank
