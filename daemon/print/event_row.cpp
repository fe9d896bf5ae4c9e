#include "daemon/print/event_row.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/request/words.h"
#include "daemon/print/event_line.h"

namespace redshank {

EventRow event_row(const Request& request, const std::string& file, uint64_t offset) {
    const audit::Event& event = request.event;
    std::string from = fmt::format("{}", fmt::join(event.source_ips, ", "));
    if (!event.user_agent.empty()) from.append(" with ").append(event.user_agent);
    return {.time = audit::format_time(event.stage_time),
            .stage = std::string(audit::to_string(event.stage)),
            .who = sender_words(request),
            .groups = fmt::format("{}", fmt::join(event.effective_user().groups, ", ")),
            .from = std::move(from),
            .did = deed_words(request),
            .outcome = result_words(request),
            .grant = request.reason.words,
            .level = std::string(audit::to_string(event.level)),
            .file = file,
            .audit_id = std::string(event.audit_id),
            .offset = offset};
}

Listing<EventRow> event_rows() {
    using Row = EventRow;
    return {OutputFormat::Text,
            {{{"TIME"}, [](const Row& row) { return row.time; }},
             {{"STAGE"}, [](const Row& row) { return row.stage; }},
             {{"WHO"}, [](const Row& row) { return row.who; }},
             {{"GROUPS"}, [](const Row& row) { return row.groups; }},
             {{"FROM"}, [](const Row& row) { return row.from; }},
             {{"DID"}, [](const Row& row) { return row.did; }},
             {{"OUTCOME"}, [](const Row& row) { return row.outcome; }},
             {{"ALLOWED BY"}, [](const Row& row) { return row.grant; }},
             {{"AUDIT LEVEL"}, [](const Row& row) { return row.level; }},
             {{"LINE"}, [](const Row& row) { return fmt::format("{}, byte {}", row.file, row.offset); }},
             {{"AUDIT ID"}, [](const Row& row) { return row.audit_id; }}},
            [](const Row&) { return std::string(); },
            "",
            Table::Layout::Blocks};
}

}  // namespace redshank
