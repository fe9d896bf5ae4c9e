// One event of a log as a block of facts for people, or as JSON. Without bodies, query and command line.
#pragma once

#include <cstdint>
#include <string>

#include "core/request/request.h"
#include "daemon/print/listing.h"

namespace redshank {

struct EventRow {
    std::string time, stage, who, groups, from, did, outcome, grant, level, file, audit_id;
    uint64_t offset = 0;  // of its line, in decompressed bytes
};

EventRow event_row(const Request& request, const std::string& file, uint64_t offset);

// As text only: JSON is the line as it stands in the log.
Listing<EventRow> event_rows();

}  // namespace redshank
