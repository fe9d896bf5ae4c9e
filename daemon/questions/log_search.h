// Which events of these logs fulfil a condition? As fast as the machine reads: files side by side, lines that
// cannot hold such an event passed over unread, the answers in the order of files and lines.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "audit/time.h"
#include "core/request/request.h"
#include "daemon/sources/log_files.h"
#include "rules/condition.h"

namespace redshank {

struct SearchQuery {
    rules::ConditionPtr condition;
    std::optional<audit::Time> since, until;  // of stageTimestamp, both included
    bool once_a_line = false;                 // a line of several events that match is told once
    unsigned jobs = 1;                        // files that are read side by side
    // What is not read by then stays unread.
    std::optional<std::chrono::steady_clock::time_point> deadline = {};
};

struct FoundEvent {
    const Request& request;
    const Line& line;  // that it stands in, maybe in an envelope
    const LogFile& file;
};

struct SearchProgress {
    uint64_t bytes = 0;             // of log read, decompressed
    size_t files = 0, skipped = 0;  // done with; skipped: outside of the times asked for
    uint64_t found = 0;
};

struct SearchHandlers {
    // What is told of an event. Called in any thread.
    std::function<std::string(const FoundEvent&)> tell;
    // In order, in the calling thread. False: that is enough.
    std::function<bool(const std::string& told)> found;
    // A few times a second, in the calling thread; may be empty.
    std::function<void(const SearchProgress&)> progress = {};
};

struct SearchResult {
    SearchProgress done;
    std::vector<std::string> problems;  // files that could not be read, or not to their end
    bool is_cut = false;                // the deadline came first
    // "audit.log, from 2026-01-05T10:00:00Z to …", in their order, of all files that were looked through.
    std::vector<std::string> looked_through;
};

// Memory is bounded: reading a file waits while its answers that nobody has taken yet are 4 MiB.
SearchResult search_logs(std::vector<LogFile> files, const SearchQuery& query,
                         const SearchHandlers& handlers);

// auditID = "…". Clients may choose the id, so it can have several events besides the stages of one request.
rules::ConditionPtr has_audit_id(const std::string& id);

// The user sent it, or was impersonated by who did.
rules::ConditionPtr is_from(const std::string& user);

// A field of the condition that only the daemon can know, from all that it has read before; "" when there is
// none. Such a condition has no answer here.
std::string unknown_to_search(const rules::Condition& condition);

}  // namespace redshank
