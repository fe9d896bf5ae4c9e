// Where an event of a known audit id stands now, for `event` and `why`.
#pragma once

#include <string>
#include <vector>

#include "core/finding/finding.h"
#include "daemon/commands/log_options.h"

namespace redshank {

// The evidence of the findings that is this event.
std::vector<Evidence> evidence_of_event(const std::vector<Finding>& findings, const std::string& audit_id);

struct EventSearch {
    SearchResult result;
    bool is_whole = true;  // everything that was asked for could be read
    // Of the files that the evidence is in, those that are still there, under their present names.
    std::vector<std::string> in_evidence;
};

// Searches the files that the evidence names by their generation. When none of them is known, or none is
// there, or the event is in none of them, it searches all. What could not be read goes to stderr.
EventSearch find_event(LogOptions logs, const SearchQuery& query, const std::vector<Evidence>& evidence,
                       const SearchHandlers& handlers);

}  // namespace redshank
