#include "daemon/commands/log_options.h"

#include <fmt/format.h>

#include <stdexcept>
#include <thread>
#include <utility>

#include "core/log.h"
#include "daemon/commands/options.h"
#include "daemon/config/config.h"
#include "daemon/print/progress.h"
#include "daemon/sources/log_reader.h"

namespace redshank {

void add_log_options(CLI::App& command, LogOptions& options) {
    options.jobs = std::clamp(std::thread::hardware_concurrency(), 1U, 16U);
    command.add_option(
        "LOG", options.logs,
        "logs to look through ('-' is stdin; gzip, zstd, bzip2 and xz are recognised); default: the logs of "
        "the configuration with all their backups");
    command.add_option("--config", options.config,
                       fmt::format("configuration (default: {})", kServiceConfig));
    command.add_option("--cluster", options.cluster, "only logs of this cluster");
    command.add_option("--jobs", options.jobs, "files that are read side by side (default: the processors)")
        ->check(CLI::Range(1, 64));
}

namespace {

std::vector<LogFile> all_files(const LogOptions& options, std::vector<std::string>& problems) {
    const bool is_configured = options.logs.empty() || !options.config.empty();
    const Config config =
        is_configured ? load_config(options.config.empty() ? kServiceConfig : options.config) : Config{};
    if (options.logs.empty()) {
        std::vector<LogFile> files = files_of_sources(config.sources, options.cluster, problems);
        if (files.empty() && problems.empty())
            throw ConfigError(config.file + " has no source of type file" +
                              (options.cluster.empty() ? "" : " of this cluster") +
                              "; name the logs to look through");
        return files;
    }
    std::vector<LogFile> files;
    for (const std::string& log : options.logs) {
        std::string reason;
        LogFile file{.path = log, .cluster = options.cluster.empty() ? config.cluster : options.cluster};
        if (!open_log(log, reason)) throw std::runtime_error("cannot read " + log + ": " + reason);
        files.push_back(std::move(file));
    }
    return files;
}

}  // namespace

std::vector<LogFile> files_to_search(const LogOptions& options, std::vector<std::string>& problems) {
    std::vector<LogFile> files = all_files(options, problems);
    return options.generations.empty() ? std::move(files)
                                       : of_generations(std::move(files), options.generations);
}

bool search_and_say(const LogOptions& options, const SearchQuery& query, const SearchHandlers& handlers,
                    SearchResult& result) {
    std::vector<std::string> problems;
    std::vector<LogFile> files = files_to_search(options, problems);
    const size_t all = files.size();
    Progress progress;
    SearchHandlers shown = handlers;
    shown.found = [&](const std::string& told) {
        progress.clear();
        return handlers.found(told);
    };
    if (progress.is_shown()) {
        shown.progress = [&](const SearchProgress& now) {
            progress.show(fmt::format("{} of {} files, {} MB of log, {} found", now.files, all,
                                      now.bytes / 1'000'000, now.found));
        };
    }
    result = search_logs(std::move(files), query, shown);
    progress.clear();
    problems.insert(problems.end(), result.problems.begin(), result.problems.end());
    for (const std::string& problem : problems) log_warning("{}", problem);
    return problems.empty();
}

}  // namespace redshank
