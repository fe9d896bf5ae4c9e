#include "daemon/commands/find_event.h"

#include <utility>

#include "core/log.h"

namespace redshank {

std::vector<Evidence> evidence_of_event(const std::vector<Finding>& findings, const std::string& audit_id) {
    std::vector<Evidence> all;
    for (const Finding& finding : findings) {
        for (const Evidence& one : finding.evidence) {
            if (one.audit_id == audit_id) all.push_back(one);
        }
    }
    return all;
}

EventSearch find_event(LogOptions logs, const SearchQuery& query, const std::vector<Evidence>& evidence,
                       const SearchHandlers& handlers) {
    EventSearch search;
    for (const Evidence& one : evidence) {
        if (!one.generation.empty()) logs.generations.insert(one.generation);
    }
    if (!logs.generations.empty()) {
        search.is_whole = search_and_say(logs, query, handlers, search.result);
        search.in_evidence = search.result.looked_through;
        if (search.result.done.found > 0) {
            log_notice("a finding names its file, so the other files were not searched");
            return search;
        }
        logs.generations.clear();
    }
    search.is_whole = search_and_say(logs, query, handlers, search.result);
    return search;
}

}  // namespace redshank
