// The files in which the lines of a log stand now, for commands that look back.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "audit/time.h"
#include "daemon/sources/line_splitter.h"
#include "daemon/sources/registry.h"
#include "daemon/sources/unique_fd.h"

namespace redshank {

struct LogFile {
    std::string path;  // "-": standard input
    std::string cluster;
    size_t line_limit = kDefaultLineLimit;
    UniqueFd fd = {};  // of the live log: by the time it is read, another file may have its name
    // When it was last written, as far as its name says so; else the file system is asked.
    std::optional<audit::Time> written = {};
};

// The backups of a log, oldest first, also those in `folders`, and the log itself, whose descriptor is taken
// before the backups are listed: a rotation meanwhile makes no line be missed or read twice. `problem` says
// why the log itself cannot be read; its backups are listed all the same.
std::vector<LogFile> files_of_log(const std::string& log, std::string& problem,
                                  const std::vector<std::string>& folders = {});

// Those of every source of type "file", in the configuration's order. "" for all clusters.
std::vector<LogFile> files_of_sources(const std::vector<SourceConfig>& sources, const std::string& cluster,
                                      std::vector<std::string>& problems);

// Those that are one of these generations (Evidence::generation), whatever they are called now. Of each file
// no more than the beginning is read; standard input is none of them.
std::vector<LogFile> of_generations(std::vector<LogFile> files, const std::set<std::string>& generations);

// Opens a file of the list. A backup that was compressed since it was listed is opened under its new name,
// which `file.path` is then.
UniqueFd open_log(LogFile& file, std::string& reason);

// From when to when the events of a file are. What is not given is not known.
struct LogSpan {
    std::optional<audit::Time> first, last;

    // False when no event of the file can be within these times (both included). Lines are not quite in the
    // order of their times, so 10 minutes are allowed for.
    bool may_hold(std::optional<audit::Time> since, std::optional<audit::Time> until) const;
};
// Its first event, and its last one or, when it is compressed, when it was last written. A time before the
// first event is none. `fd` stands at the beginning, and does again; of a pipe nothing is known.
LogSpan span_of(const LogFile& file, const UniqueFd& fd);

}  // namespace redshank
