#include "daemon/print/crd_columns.h"

#include <fmt/format.h>

#include <algorithm>

#include "daemon/print/when.h"

namespace redshank {

namespace {

// The 99th percentile of the slowest kind of requests.
std::string slowest(const crd::Report& report) {
    audit::Duration longest{};
    for (const auto& [verbs, usual] : report.latency) longest = std::max(longest, usual.at(0.99));
    return report.latency.empty() ? "-" : audit::format_duration(longest);
}

// "37%" of the errors that are allowed are left; "spent 24 times".
std::string budget_words(const crd::Report& report) {
    if (report.budget_left >= 0) return fmt::format("{:.0f}%", 100 * report.budget_left);
    return fmt::format("spent {:.1f} times", 1 - report.budget_left);
}

// "2026-01-05T10:00:00Z (4 min ago), pg-operator patch shop/a (404)".
std::string first_failure(const crd::Report& report) {
    if (!report.first || report.first->time == audit::Time{}) return {};
    const crd::Failure& first = *report.first;
    return fmt::format("{}, {} {} {}{}{} ({})", when(first.time), first.user, first.verb, first.namespace_,
                       first.namespace_.empty() || first.name.empty() ? "" : "/", first.name, first.code);
}

}  // namespace

std::vector<Column<crd::Report>> crd_columns() {
    using Row = crd::Report;
    return {
        {{"VERDICT"}, [](const Row& row) { return row.verdict; }},
        {{"RESOURCE", 2, 16}, [](const Row& row) { return row.key.name(); }},
        {{"CLUSTER", 1, 7}, [](const Row& row) { return row.key.cluster; }},
        {{.header = "REQUESTS", .right = true}, [](const Row& row) { return std::to_string(row.requests); }},
        {{.header = "FAILED", .right = true}, [](const Row& row) { return std::to_string(row.failures); }},
        {{.header = "BUDGET", .right = true}, budget_words},
        {{.header = "P99", .right = true}, slowest},
        {{"CAUSE", 4, 20}, [](const Row& row) { return row.cause; }},
        {{"SINCE, AND THE FIRST FAILURE", 2, 20}, first_failure}};
}

}  // namespace redshank
