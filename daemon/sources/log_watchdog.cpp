#include "daemon/sources/log_watchdog.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace redshank {

namespace {

using std::chrono::seconds;

// A new file gets its owner a moment after it is made: what changes must stay.
constexpr seconds kSettles{2};
// Silence is strange when it is several times longer than any before.
constexpr int kLonger = 4;
// An event that does not fit below the maximum stays out, so a full file stops somewhat short of it.
constexpr uint64_t kLastEvent = uint64_t{64} << 10;
constexpr seconds kFullFor{60};

}  // namespace

void LogWatchdog::start(Time now, seconds longest_silence) {
    grew_at_ = now;
    longest_silence_ = longest_silence;
}

void LogWatchdog::expect(const FilePlace& place) {
    access_ = Access{place.inode, place.mode, place.owner, place.group};
}

void LogWatchdog::grew(Time now, audit::Time last_event, std::vector<SourceNotice>& notices) {
    const auto silence = std::chrono::duration_cast<seconds>(now - grew_at_);
    if (last_event_ != audit::Time{}) longest_silence_ = std::max(longest_silence_, silence);
    grew_at_ = now;
    last_event_ = last_event;
    if (!stalled_) return;
    stalled_->over = true;
    stalled_->to = last_event;
    notices.push_back(*std::exchange(stalled_, std::nullopt));
}

void LogWatchdog::look(const FileFacts* facts, Time now, std::vector<SourceNotice>& notices) {
    if (facts) {
        look_for_deletion(*facts, notices);
        look_at_access(*facts, now, notices);
    }
    look_for_stall(facts, now, notices);
}

void LogWatchdog::look_for_deletion(const FileFacts& facts, std::vector<SourceNotice>& notices) {
    if (facts.links > 0) return;
    if (deleted_inode_ != facts.inode) {
        deleted_inode_ = facts.inode;
        size_at_deletion_ = facts.size;
        deletion_told_ = false;
    }
    if (deletion_told_ || facts.size <= size_at_deletion_) return;
    deletion_told_ = true;
    notices.push_back(notice(
        "audit-log-tampered", "deleted",
        fmt::format("{} was deleted while the API server writes to it: the events since then are in no file "
                    "that can be opened, and are lost when the server or this daemon stops.",
                    log_)));
}

void LogWatchdog::look_at_access(const FileFacts& facts, Time now, std::vector<SourceNotice>& notices) {
    const Access is{facts.inode, facts.mode, facts.owner, facts.group};
    const auto is_normal = [&] {
        if (!access_) return true;
        if (is.owner != access_->owner || is.group != access_->group) return false;
        // Rotation copies the mode, but the server's umask may remove bits.
        return is.mode == access_->mode || (is.inode != access_->inode && (is.mode & ~access_->mode) == 0);
    };
    if (is_normal()) {
        access_ = is;
        changed_.reset();
        return;
    }
    if (changed_ != is) {
        changed_ = is;
        changed_at_ = now;
    }
    if (now - changed_at_ < kSettles) return;
    const Access was = std::exchange(*access_, is);
    changed_.reset();
    if (is.owner != was.owner || is.group != was.group) {
        notices.push_back(notice("audit-log-tampered", "owner-changed",
                                 fmt::format("The owner of {} was changed from {}:{} to {}:{}.", log_,
                                             was.owner, was.group, is.owner, is.group)));
    }
    if (is.mode != was.mode) {
        const bool is_writable = (is.mode & 022 & ~was.mode) != 0;
        notices.push_back(
            notice("audit-log-tampered", is_writable ? "made-writable" : "mode-changed",
                   fmt::format("The mode of {} was changed from {:04o} to {:04o}{}.", log_, was.mode, is.mode,
                               is_writable ? ": others than its owner may now change what it says" : "")));
    }
}

void LogWatchdog::look_for_stall(const FileFacts* facts, Time now, std::vector<SourceNotice>& notices) {
    if (stalled_ || last_event_ == audit::Time{}) return;  // nothing has ever come: nothing is expected
    const auto silence = std::chrono::duration_cast<seconds>(now - grew_at_);
    const bool is_full = facts && limits_.max_size > 0 && facts->size <= limits_.max_size &&
                         facts->size + kLastEvent >= limits_.max_size && silence >= kFullFor;
    const bool is_silent = limits_.stall_after > seconds{0} &&
                           silence >= std::max(limits_.stall_after, kLonger * longest_silence_);
    if (is_full) {
        stalled_ = notice(
            "audit-log-stalled", "at-maximum",
            fmt::format("{} stands at its maximum size and is not rotated: the API server drops every event. "
                        "Mount the folder of the log into its pod, not the file alone.",
                        log_));
    } else if (is_silent) {
        stalled_ = notice(
            "audit-log-stalled", "silent",
            fmt::format("Nothing has been written to {} for {}; the longest silence before was {}.", log_,
                        audit::format_duration(silence), audit::format_duration(longest_silence_)));
    }
    if (stalled_) notices.push_back(*stalled_);
}

SourceNotice LogWatchdog::notice(const char* kind, const char* what, std::string text) const {
    return {.kind = kind, .what = what, .text = std::move(text), .file = log_, .from = last_event_};
}

}  // namespace redshank
