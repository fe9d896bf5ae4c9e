// Whole logs for commands that look at events without detectors.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "audit/event.h"
#include "daemon/sources/source.h"

namespace redshank {

struct LogEvent {
    audit::Event& event;  // may be changed: it is not used again
    const Line& line;
    const std::string& file;
};

// Calls back with every event of these logs ('-' is standard input), in the order of the files and lines.
// Lines without an event are skipped; their number is returned. A damaged file is read as far as possible and
// reported on stderr. Throws when a file cannot be opened.
uint64_t each_event(const std::vector<std::string>& files, const std::string& cluster,
                    const std::function<void(const LogEvent&)>& handle);

}  // namespace redshank
