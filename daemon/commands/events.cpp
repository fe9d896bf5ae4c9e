#include <fmt/format.h>

#include <algorithm>

#include "core/finding/sentence.h"
#include "core/log.h"
#include "daemon/commands/commands.h"
#include "daemon/commands/log_options.h"
#include "daemon/commands/options.h"
#include "daemon/print/event_line.h"
#include "daemon/print/raw_line.h"
#include "rules/condition_parser.h"

namespace redshank {

namespace {

struct EventsOptions {
    std::string condition;
    SearchQuery query;
    LogOptions logs;
    OutputFormat format = OutputFormat::Text;
    uint64_t limit = 0;  // 0: all
};

// Null when it cannot be asked of a log; the reason is on stderr then.
rules::ConditionPtr condition_of(const std::string& text) {
    try {
        rules::ConditionPtr condition = rules::parse_condition(text);
        const std::string unknown = unknown_to_search(*condition);
        if (unknown.empty()) return condition;
        log_error("{} is known to the daemon only, from all that it has read before; leave it out", unknown);
    } catch (const rules::ConditionError& error) {
        log_error("condition, character {}: {}", error.at + 1, error.what());
    }
    return nullptr;
}

int list_events(EventsOptions& options) {
    options.query.condition = condition_of(options.condition);
    if (!options.query.condition) return kUsage;
    const bool is_json = options.format == OutputFormat::Json;
    options.query.once_a_line = is_json;
    options.query.jobs = options.logs.jobs;
    uint64_t told = 0;
    const auto tell = [&](const FoundEvent& one) {
        return is_json ? std::string(one.line.text) : event_line(one.request);
    };
    const auto found = [&](const std::string& text) {
        is_json ? print_raw(text) : print_text(text);
        return options.limit == 0 || ++told < options.limit;
    };
    SearchResult result;
    const bool is_whole = search_and_say(options.logs, options.query, {.tell = tell, .found = found}, result);
    if (told > 0 && told == options.limit)
        log_notice("the first {}; there may be more", counted(told, "event"));
    return is_whole ? kDone : kFailed;
}

}  // namespace

void add_events(CLI::App& app, Chosen& chosen) {
    auto* command =
        app.add_subcommand("events", "Search the logs, rotated and compressed ones too, for events");
    command->footer(
        "Examples: redshank events 'user.username = \"alice\" and not verb in (\"get\", \"list\")' --since "
        "24h\n"
        "          redshank events 'responseStatus.code = 403' --format json audit-*.log.gz | jq .verb\n"
        "The condition is in the language of the rules: redshank rules fields, docs/rules.md.\n"
        "Text leaves out bodies, queries and command lines; json is each line as it stands in the log, with\n"
        "all that the policy wrote into it.");
    auto options = std::make_shared<EventsOptions>();
    command->add_option("CONDITION", options->condition, "what the events must fulfil")->required();
    add_time_option(*command, "--since", options->query.since, "only at or after this time");
    add_time_option(*command, "--until", options->query.until, "only at or before this time");
    command->add_option("--limit", options->limit, "stop after so many");
    add_format_option(*command, options->format);
    add_log_options(*command, options->logs);
    command->callback([&chosen, options] { chosen = [options] { return list_events(*options); }; });
}

}  // namespace redshank
