#include "daemon/print/access_columns.h"

#include <fmt/format.h>

#include "daemon/print/when.h"

namespace redshank {

namespace {

audit::Time moment_of(int64_t micros) {
    return audit::Time{audit::Duration{micros}};
}

std::string seconds_or_never(int64_t micros) {
    return micros == 0 ? "never" : to_seconds(moment_of(micros));
}

std::string when_or_never(int64_t micros) {
    return micros == 0 ? "never" : when(moment_of(micros));
}

std::string who(const AccessedRow& row) {
    std::string text = row.user;
    if (!row.via.empty()) text += ", played by " + row.via;
    if (!row.uid.empty()) text += " (uid " + row.uid + ")";
    if (!row.ns.empty()) text += ", in namespace " + row.ns;
    if (!row.resource.empty()) text += ", on " + row.resource;
    return text;
}

}  // namespace

std::vector<Column<AccessedRow>> access_columns() {
    using Row = AccessedRow;
    return {
        {when_column("LAST SUCCESS"), [](const Row& row) { return when_or_never(row.access.last_success); }},
        {when_column("LAST DENIED"), [](const Row& row) { return when_or_never(row.access.last_denied); }},
        {{.header = "ALLOWED", .right = true},
         [](const Row& row) { return std::to_string(row.access.successes); }},
        {{.header = "DENIED", .right = true},
         [](const Row& row) { return std::to_string(row.access.denials); }},
        {{"CLUSTER", 1, 7}, [](const Row& row) { return row.cluster; }},
        {{"WHO", 2, 20}, who},
        {{"LAST REQUEST", 3, 30}, [](const Row& row) {
             return fmt::format("{} {} from {} with {}; known since {}", row.access.verb.get(),
                                row.access.object.get(), row.access.source.get(), row.access.agent.get(),
                                seconds_or_never(row.access.first));
         }}};
}

std::vector<Column<WatchedRow>> watched_columns() {
    using Row = WatchedRow;
    return {{when_column("WATCHED SINCE"), [](const Row& row) { return when_or_never(row.watching.since); }},
            {{"UNTIL"}, [](const Row& row) { return seconds_or_never(row.watching.last); }},
            {{"CLUSTER", 1, 7}, [](const Row& row) { return row.cluster; }},
            {{.header = "GAPS", .right = true},
             [](const Row& row) { return std::to_string(row.watching.gap_count); }},
            {{"SAW NOTHING FROM … TO …", 3, 24}, [](const Row& row) {
                 std::string text;
                 for (const auto& gap : row.watching.gaps) {
                     text += fmt::format("{}{} to {}", text.empty() ? "" : ", ", seconds_or_never(gap.from),
                                         seconds_or_never(gap.to));
                 }
                 return text;
             }}};
}

}  // namespace redshank
