#include "daemon/sources/log_losses.h"

#include <fmt/format.h>

#include <utility>

namespace redshank {

void LogLosses::gap(const char* what, std::string text, audit::Time last_event) {
    end_gap({});
    gap_ = SourceNotice{
        .kind = "audit-gap", .what = what, .text = std::move(text), .file = log_, .from = last_event};
}

void LogLosses::lost(uint64_t offset, audit::Time last_event, const std::vector<std::string>& beside) {
    std::string text = fmt::format(
        "The file of {} that was being read is gone, and what it held behind offset {} was never seen.", log_,
        offset);
    if (!beside.empty())
        text += fmt::format(" It may be in a file that is not read: {}.", fmt::join(beside, "; "));
    gap("generation-lost", std::move(text), last_event);
}

void LogLosses::truncated(uint64_t offset, audit::Time last_event) {
    notices_.push_back(
        {.kind = "audit-log-tampered",
         .what = "truncated",
         .text = fmt::format("{} was truncated behind offset {}: what was written between the last "
                             "copy and the truncation is lost. If logrotate does this (copytruncate), "
                             "let the API server rotate by itself: --audit-log-maxsize.",
                             log_, offset),
         .file = log_,
         .offset = offset,
         .from = last_event});
}

void LogLosses::rewritten(uint64_t offset, audit::Time last_event) {
    notices_.push_back({.kind = "audit-log-tampered",
                        .what = "rewritten",
                        .text = fmt::format("What stood in {} before offset {} was changed after it had been "
                                            "written and read.",
                                            log_, offset),
                        .file = log_,
                        .offset = offset,
                        .from = last_event});
}

void LogLosses::end_gap(audit::Time first_behind) {
    if (!gap_) return;
    gap_->to = first_behind;
    notices_.push_back(*std::exchange(gap_, std::nullopt));
}

std::vector<SourceNotice> LogLosses::take() {
    return std::exchange(notices_, {});
}

}  // namespace redshank
