#include "daemon/source_problem.h"

#include <fmt/format.h>

namespace redshank {

std::string nothing_read(const SourceCounts& counts) {
    if (!counts.gave_nothing()) return {};
    return fmt::format("none of {} lines is an audit event; {}", counts.parse_errors, counts.first_refused);
}

std::string source_problem(const std::string& name, const SourceStatus& status, const SourceCounts& counts) {
    const auto named = [&](const std::string& what) { return fmt::format("source {}: {}", name, what); };
    if (status.starting && status.problem.empty()) return {};
    if (!status.up || !status.problem.empty())
        return named(status.problem.empty() ? "it cannot be read" : status.problem);
    // Without the number of lines: it changes, and the sentence is logged once.
    if (counts.gave_nothing()) return named("no line is an audit event; " + counts.first_refused);
    return counts.gives_nothing() ? named("no line is an audit event any more; " + counts.refused_from)
                                  : std::string{};
}

}  // namespace redshank
