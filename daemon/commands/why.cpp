#include "daemon/questions/why.h"

#include <boost/json.hpp>

#include "audit/utf8.h"
#include "core/log.h"
#include "daemon/clock.h"
#include "daemon/commands/commands.h"
#include "daemon/commands/find_event.h"
#include "daemon/commands/incident_id.h"
#include "daemon/commands/options.h"
#include "daemon/print/event_line.h"
#include "daemon/questions/rules.h"
#include "daemon/store/checked.h"
#include "detectors/engine.h"

namespace redshank {

namespace json = boost::json;

namespace {

struct WhyOptions {
    std::string id, state;
    LogOptions logs;
    OutputFormat format = OutputFormat::Text;
};

Listing<WhyRow> listing(OutputFormat format) {
    using Row = WhyRow;
    return {format,
            {{{"PART"}, [](const Row& row) { return row.part; }},
             {{"NAME", 1, 12}, [](const Row& row) { return row.name; }},
             {{"WHAT", 4, 24}, [](const Row& row) { return row.text; }},
             {{"VALUE", 1, 10}, [](const Row& row) { return row.value; }}},
            [](const Row& row) {
                return json::serialize(json::object{{"part", row.part},
                                                    {"name", audit::valid_utf8(row.name)},
                                                    {"text", audit::valid_utf8(row.text)},
                                                    {"value", audit::valid_utf8(row.value)}});
            },
            "nothing is known of it"};
}

// A finding's id is never an audit id of Kubernetes, which is a UUID; a client may choose such a one.
bool is_finding_id(const std::string& id) {
    return id.size() == 28 && id.starts_with("f_");
}

int why_of_finding(const WhyOptions& options, const Store& store) {
    const auto finding = finding_of_id(store, options.id);
    if (!finding) {
        log_error("no finding {}; the newest stand in `redshank findings`", options.id);
        return kUsage;
    }
    print_rows(listing(options.format), why(store, *finding, wall_clock()));
    return kDone;
}

// No audit id of Kubernetes begins so; a client may choose such a one, shorter or longer.
bool is_incident_id(const std::string& id) {
    return id.size() >= 6 && id.size() <= 28 && id.starts_with("i_");
}

int why_of_incident(const WhyOptions& options, const Store& store) {
    const auto incident = incident_of_id(store, options.id);
    if (!incident) return kUsage;
    print_rows(listing(options.format), why(store, *incident, wall_clock()));
    return kDone;
}

// What the log and the rules say of the event. Throws when there is no configuration or no log.
void add_from_logs(const WhyOptions& options, const StateReader& state, const std::vector<Finding>& findings,
                   std::vector<WhyRow>& rows) {
    LogOptions logs = options.logs;
    if (logs.config.empty() && logs.logs.empty()) logs.config = kServiceConfig;
    const auto rules = rules_of({.config = logs.config, .files = {}});
    const auto tell = [&](const FoundEvent& one) {
        const audit::Event& event = one.request.event;
        rows.push_back({"event", std::string(event.audit_id), event_line(one.request),
                        std::string(to_string(one.request.verdict))});
        const std::string user(one.request.doer_user().username);
        for (const std::vector<WhyRow>& more : {rules_about(one.request, one.file.cluster, *rules),
                                                weighed_about(state, user, event.stage_time)}) {
            rows.insert(rows.end(), more.begin(), more.end());
        }
        return std::string();
    };
    // One file at a time, so that one event is looked at at a time.
    const SearchQuery query{.condition = has_audit_id(options.id), .jobs = 1};
    const EventSearch search = find_event(logs, query, evidence_of_event(findings, options.id),
                                          {.tell = tell, .found = [](const std::string&) { return true; }});
    if (search.result.done.found == 0)
        log_notice("its line is in none of the {} files that were looked through; see `redshank event`",
                   search.result.looked_through.size());
}

int why_of_event(const WhyOptions& options, const Store& store) {
    std::vector<WhyRow> rows;
    const std::vector<Finding> findings = findings_about(store, options.id);
    for (const Finding& finding : findings) {
        const std::vector<WhyRow> more = why(store, finding, wall_clock());
        rows.insert(rows.end(), more.begin(), more.end());
    }
    const CheckedState state = checked_state(store);
    try {
        add_from_logs(options, detectors_state(state), findings, rows);
    } catch (const std::exception& error) {
        log_lines(LogLevel::Warning, error.what());
        log_notice("the logs were not looked through; what follows is from the state alone");
    }
    print_rows(listing(options.format), rows);
    return kDone;
}

}  // namespace

void add_why(CLI::App& app, Chosen& chosen) {
    auto* command = app.add_subcommand(
        "why", "Why something was told or not: reasons, numbers, rules, silences, what was kept back");
    command->footer(
        "Examples: redshank why f_k3jx2m6q4zv7b5n8w9c1d0s2ah\n"
        "          redshank why i_4k2mab\n"
        "          redshank why 8c1fd3f0-52e4-4f0c-a7a5-2f9e6f1d0b11");
    auto options = std::make_shared<WhyOptions>();
    command
        ->add_option("ID", options->id,
                     "of a finding, of an incident (or how it begins), or the audit id of an event")
        ->required();
    add_format_option(*command, options->format);
    add_state_option(*command, options->state);
    add_log_options(*command, options->logs);
    command->callback([&chosen, options] {
        chosen = [options] {
            const auto store = Store::open(options->state, Store::Mode::ReadOnly);
            if (is_finding_id(options->id)) return why_of_finding(*options, *store);
            return is_incident_id(options->id) ? why_of_incident(*options, *store)
                                               : why_of_event(*options, *store);
        };
    });
}

}  // namespace redshank
