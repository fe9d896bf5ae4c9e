// What people were told about: the list, one whole story, and what people say about it.
#include "daemon/questions/incidents.h"

#include <boost/json.hpp>
#include <set>

#include "core/log.h"
#include "core/state/row.h"
#include "daemon/commands/commands.h"
#include "daemon/commands/incident_id.h"
#include "daemon/commands/never_seen.h"
#include "daemon/commands/options.h"
#include "daemon/incidents/say.h"
#include "daemon/print/console.h"
#include "daemon/print/incident_columns.h"
#include "daemon/print/when.h"
#include "daemon/questions/seen.h"
#include "daemon/store/checked.h"
#include "exporters/incident_text.h"
#include "exporters/siem.h"

namespace redshank {

namespace {

struct IncidentOptions {
    std::string state = kServiceState, id, by, because, least = "info", evidence = "some";
    IncidentsFilter filter;
    OutputFormat format = OutputFormat::Text;
    SiemFormat words = SiemFormat::Own;
};

Listing<Incident> listing(OutputFormat format, SiemFormat words) {
    return {format, incident_columns(),
            [words](const Incident& row) { return boost::json::serialize(siem_of(row, words)); },
            "no incidents"};
}

int list(const IncidentOptions& options) {
    const auto store = Store::open(options.state, Store::Mode::ReadOnly);
    const std::vector<Incident> found = incidents(checked_state(*store), options.filter);
    if (found.empty()) {
        const SeenNames seen = names_in_findings(*store);
        if (is_never_seen("cluster", options.filter.cluster, [&] { return seen.clusters; }) ||
            is_never_seen("user", options.filter.user, [&] { return seen.users; })) {
            return kUsage;
        }
    }
    print_rows(listing(options.format, options.words), found);
    return kDone;
}

std::vector<Evidence> evidence_of(const Store& store, const Incident& incident) {
    std::set<std::string_view> ids;
    for (const IncidentPart& part : incident.findings) ids.insert(part.id);
    std::vector<Evidence> out;
    store.findings({}, [&](const Finding& finding) {
        if (ids.contains(finding.id)) out.insert(out.end(), finding.evidence.begin(), finding.evidence.end());
    });
    std::sort(out.begin(), out.end(), [](const Evidence& a, const Evidence& b) {
        return std::tie(a.time, a.source, a.offset) < std::tie(b.time, b.source, b.offset);
    });
    out.erase(std::unique(out.begin(), out.end(),
                          [](const Evidence& a, const Evidence& b) {
                              return a.offset == b.offset && a.source == b.source;
                          }),
              out.end());
    return out;
}

int show(const IncidentOptions& options) {
    const auto store = Store::open(options.state, Store::Mode::ReadOnly);
    const auto incident = incident_of_id(*store, options.id);
    if (!incident) return kUsage;
    if (options.format == OutputFormat::Text) {
        const std::string text = incident_text(*incident, stdout_width(), ago_words(incident->opened));
        std::fputs(for_stdout(text).c_str(), stdout);
        return kDone;
    }
    if (options.words != SiemFormat::Own) {
        print_json(boost::json::serialize(siem_of(*incident, options.words)));
        return kDone;
    }
    std::vector<Evidence> evidence;
    const bool all = options.evidence == "all";
    if (all) evidence = evidence_of(*store, *incident);
    print_json(boost::json::serialize(json_of(*incident, all ? &evidence : nullptr)));
    return kDone;
}

int say(const IncidentOptions& options, SaidOfIncident::What what) {
    const auto store = Store::open(options.state, Store::Mode::Attached);
    const auto incident = incident_of_id(*store, options.id);
    if (!incident) return kUsage;
    if (!incident->is_open()) {
        log_error("incident {} is over: {}", incident->short_id(), incident->closed_because);
        return kUsage;
    }
    if (what == SaidOfIncident::What::Close && options.because.find_first_not_of(' ') == std::string::npos) {
        log_error("--because: say why it is over; the receivers are told");
        return kUsage;
    }
    const IncidentNote note{.time = wall_clock(),
                            .by = options.by.empty() ? login_name() : options.by,
                            .because = options.because};
    if (const std::string problem = say_of_incident(*store, {incident->id, what, note}); !problem.empty()) {
        log_error("{}", problem);
        return kFailed;
    }
    print_text(incident->id);
    log_notice(
        "incident {} is {} by {} as soon as the daemon that owns this state sees it: within seconds while it "
        "runs",
        incident->short_id(), what == SaidOfIncident::What::Close ? "closed" : "acknowledged", note.by);
    return kDone;
}

void add_say(CLI::App& app, Chosen& chosen, const std::string& name, const std::string& help,
             SaidOfIncident::What what) {
    auto* command = app.add_subcommand(name, help);
    command->footer("Example: redshank " + name + " i_4k2mab --by alice --because 'the drill of Friday'");
    auto options = std::make_shared<IncidentOptions>();
    command->add_option("ID", options->id, "the incident, or how its id begins")->required();
    command->add_option("--by", options->by, "who; default: you");
    command->add_option("--because", options->because, "why")->required(what == SaidOfIncident::What::Close);
    command->add_option("--state", options->state, "the database; may be in use by the daemon")
        ->capture_default_str();
    command->callback([&chosen, options, what] { chosen = [options, what] { return say(*options, what); }; });
}

}  // namespace

void add_incidents(CLI::App& app, Chosen& chosen) {
    auto* command = app.add_subcommand("incidents", "What people were told about, newest first");
    command->footer("Example: redshank incidents --open --cluster prod-eu");
    auto options = std::make_shared<IncidentOptions>();
    command->add_flag("--open", options->filter.only_open, "only those that are not over");
    add_time_option(*command, "--since", options->filter.since,
                    "only with something new at or after this time");
    command->add_option("--cluster", options->filter.cluster, "only in this cluster");
    command->add_option("--user", options->filter.user, "only with this actor");
    add_choice_option(*command, "--min-severity", options->least,
                      {kSeverityWords.begin(), kSeverityWords.end()}, "this and worse");
    add_format_option(*command, options->format, options->words);
    add_state_option(*command, options->state);
    command->callback([&chosen, options] {
        parse_severity(options->least, options->filter.least);
        chosen = [options] { return list(*options); };
    });
}

void add_incident(CLI::App& app, Chosen& chosen) {
    auto* command = app.add_subcommand("incident", "The whole story of one incident");
    command->footer("Example: redshank incident i_4k2mab");
    auto options = std::make_shared<IncidentOptions>();
    command->add_option("ID", options->id, "the incident, or how its id begins")->required();
    add_choice_option(*command, "--evidence", options->evidence, {"some", "all"},
                      "'all' names the events behind it (JSON only)");
    add_format_option(*command, options->format, options->words);
    add_state_option(*command, options->state);
    command->callback([&chosen, options] { chosen = [options] { return show(*options); }; });
    add_say(app, chosen, "ack", "Tell others that somebody looks at an incident",
            SaidOfIncident::What::Acknowledge);
    add_say(app, chosen, "close", "End an incident", SaidOfIncident::What::Close);
}

}  // namespace redshank
