// What the commands that look through logs have in common: events, event, why.
#pragma once

#include <CLI/CLI.hpp>
#include <set>
#include <string>
#include <vector>

#include "daemon/questions/log_search.h"

namespace redshank {

// Which logs.
struct LogOptions {
    std::string config, cluster;
    std::vector<std::string> logs;
    unsigned jobs = 1;
    std::set<std::string> generations;  // only files that are one of these (of_generations()); empty: all
};

// LOG..., --config, --cluster and --jobs.
void add_log_options(CLI::App& command, LogOptions& options);

// The logs that are named, or those of the configuration's sources with all their backups; of these, those of
// the generations. What cannot be read goes to `problems`. Throws std::runtime_error for a named log that
// cannot be read, ConfigError when no source has a log.
std::vector<LogFile> files_to_search(const LogOptions& options, std::vector<std::string>& problems);

// search_logs() with progress on a terminal. What could not be read goes to stderr; true when that is
// nothing.
bool search_and_say(const LogOptions& options, const SearchQuery& query, const SearchHandlers& handlers,
                    SearchResult& result);

}  // namespace redshank
