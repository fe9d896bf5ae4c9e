#include "daemon/print/secrets_columns.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "core/finding/finding.h"
#include "daemon/print/when.h"

namespace redshank {

namespace {

std::string change(const std::optional<audit::Time>& time, const std::optional<secrets::Cause>& cause,
                   const char* otherwise) {
    return time ? when(*time) + " " + (cause ? cause->in_words() : otherwise) : "";
}

std::string open_for(const secrets::Window& window) {
    if (!window.closed) return "";
    return audit::format_duration(*window.closed - window.opened) +
           (window.closing_presumed ? " (presumed: nobody read through it since)" : "");
}

std::string how(const secrets::Reads::Row& row) {
    std::string text = fmt::format("{}", fmt::join(row.verbs.all(), ","));
    if (!row.grant.empty()) text.append(" ").append(row.grant.get());
    if (row.window != 0) text += fmt::format(" in window {}", row.window);
    if (!row.source_ip.empty()) text.append(" from ").append(row.source_ip.get());
    return text + " since " + to_seconds(row.first);
}

// "exposed", "in order", "refused", "not judged".
std::string verdict(const ReaderRow& row) {
    std::string words = stored(row.reads.verdict);
    std::replace(words.begin(), words.end(), '-', ' ');
    return words;
}

}  // namespace

std::vector<Column<ExposureRow>> exposure_columns() {
    using Row = ExposureRow;
    return {{{"SECRETS"}, [](const Row& row) { return row.window.target; }},
            {{"WINDOW"},
             [](const Row& row) {
                 return fmt::format("{}, {}", row.window.number, row.window.is_open() ? "OPEN" : "closed");
             }},
            {{"CLUSTER"}, [](const Row& row) { return row.cluster; }},
            {{"READABLE BY"},
             [](const Row& row) { return fmt::format("{}", fmt::join(row.window.subjects, ", ")); }},
            {{"THROUGH"}, [](const Row& row) { return row.window.through; }},
            {{"OPENED"},
             [](const Row& row) {
                 return change(row.window.opened, row.window.opened_by,
                               "or earlier: before anything that was seen");
             }},
            {{"CLOSED"}, [](const Row& row) { return change(row.window.closed, row.window.closed_by, ""); }},
            {{"OPEN FOR"}, [](const Row& row) { return open_for(row.window); }},
            {{"KNOWN"},
             [](const Row& row) {
                 return std::string(row.window.basis == secrets::Window::Basis::Inferred
                                        ? "inferred from reads: the log does not show RBAC objects"
                                        : "");
             }},
            {{"READS"}, [](const Row& row) { return std::to_string(row.window.reads); }}};
}

std::vector<Column<ReaderRow>> reader_columns() {
    using Row = ReaderRow;
    return {
        {when_column("LAST"), [](const Row& row) { return when(row.reads.last); }},
        {{.header = "COUNT", .right = true}, [](const Row& row) { return std::to_string(row.reads.count); }},
        {{"VERDICT"}, verdict},
        {{"CLUSTER", 1, 7}, [](const Row& row) { return row.cluster; }},
        {{"WHO", 2, 12},
         [](const Row& row) { return acting_words(row.reads.user.get(), row.reads.impersonated.get()); }},
        {{"SECRET", 1, 10}, [](const Row& row) { return stored(row.reads.secret); }},
        {{"HOW", 3, 16}, [](const Row& row) { return how(row.reads); }}};
}

}  // namespace redshank
