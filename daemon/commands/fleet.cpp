// What the workers of a fleet know, asked all at once.
#include "daemon/questions/fleet.h"

#include <algorithm>
#include <boost/json.hpp>

#include "core/finding/text.h"
#include "core/log.h"
#include "daemon/commands/commands.h"
#include "daemon/commands/options.h"
#include "daemon/config/config.h"
#include "daemon/fleet/workers.h"
#include "daemon/pages/answers.h"
#include "daemon/pages/html.h"
#include "daemon/print/access_columns.h"
#include "daemon/print/access_json.h"
#include "daemon/print/incident_columns.h"

namespace redshank {

namespace {

struct FleetOptions {
    std::string config = kServiceConfig, least = "info";
    std::vector<std::string> workers;
    std::string user, cluster, ns;
    bool only_open = false, by_resource = false;
    OutputFormat format = OutputFormat::Text;
};

// The columns of a part, for what has it.
template <class Whole, class Part>
std::vector<Column<Whole>> columns_of(const std::vector<Column<Part>>& columns, Part Whole::*part) {
    std::vector<Column<Whole>> out;
    for (const Column<Part>& column : columns)
        out.push_back(
            {column.style, [cell = column.cell, part](const Whole& one) { return cell(one.*part); }});
    return out;
}

template <class Row>
std::vector<Column<OfWorker<Row>>> with_worker(const std::vector<Column<Row>>& columns) {
    auto out = columns_of(columns, &OfWorker<Row>::row);
    out.push_back({{"WORKER", 1, 21}, [](const OfWorker<Row>& one) { return one.worker; }});
    return out;
}

template <class Row>
Listing<OfWorker<Row>> listing(OutputFormat format, const std::vector<Column<Row>>& columns,
                               const std::string& nothing = "") {
    const auto to_json = [](const OfWorker<Row>& one) {
        boost::json::object out = json_of(one.row);
        out["worker"] = one.worker;
        return boost::json::serialize(out);
    };
    return {format, with_worker(columns), to_json, nothing};
}

FleetConfig fleet_of(const FleetOptions& options) {
    FleetConfig fleet;
    const bool is_elsewhere = options.config != kServiceConfig;
    if (options.workers.empty() || is_elsewhere) fleet = load_config(options.config).fleet;
    if (!options.workers.empty()) fleet.workers = options.workers;
    for (const std::string& url : options.workers) {
        if (const std::string problem = worker_problem(url, !fleet.user.empty()); !problem.empty())
            throw ConfigError("--worker: " + problem);
    }
    if (fleet.workers.empty())
        throw ConfigError(
            options.config +
            ": names no worker; give [fleet] workers = [\"https://HOST:9465\"], or --worker URL");
    return fleet;
}

// Says who did not answer. True when all did.
bool tell_silent(const std::vector<WorkerAnswer>& answers, OutputFormat format) {
    size_t silent = 0;
    for (const WorkerAnswer& answer : answers) {
        if (answer.problem.empty()) continue;
        ++silent;
        log_error("worker {} did not answer, and what it knows is missing here: {}", answer.worker,
                  fit(answer.problem, 300));
        if (format == OutputFormat::Json)
            print_json(boost::json::serialize(
                boost::json::object{{"worker", answer.worker}, {"problem", answer.problem}}));
    }
    if (silent > 0) log_error("{} of {} workers did not answer", silent, answers.size());
    return silent == 0;
}

int last_access(const FleetOptions& options) {
    const auto asked = Url(kLastAccessAnswer)
                           .arg("user", options.user)
                           .filter("cluster", options.cluster)
                           .filter("namespace", options.ns)
                           .filter("by_resource", options.by_resource ? "1" : "");
    const std::vector<WorkerAnswer> answers = ask_workers(fleet_of(options), asked.str());
    std::vector<OfWorker<AccessedRow>> seen;
    std::vector<OfWorker<WatchedRow>> watched;
    for (const WorkerAnswer& answer : answers) {
        for (const boost::json::object& object : answer.rows) {
            if (auto row = accessed_from(object)) {
                seen.push_back({std::move(*row), answer.worker});
            } else if (auto cluster = watched_from(object)) {
                watched.push_back({std::move(*cluster), answer.worker});
            }
        }
    }
    const std::vector<OfWorker<AccessedRow>> rows = joined(std::move(seen));
    print_rows(listing(options.format, access_columns()), rows);
    if (!rows.empty() && options.format == OutputFormat::Text) print_text("");
    std::stable_sort(watched.begin(), watched.end(),
                     [](const auto& a, const auto& b) { return a.row.cluster < b.row.cluster; });
    print_rows(listing(options.format, watched_columns()), watched);
    const bool is_whole = tell_silent(answers, options.format);
    if (rows.empty()) log_notice("no worker{} has seen that user", is_whole ? "" : " that answered");
    return is_whole ? kDone : kFailed;
}

// An incident, and the JSON that its worker sent.
struct FleetIncident {
    Incident shown;
    boost::json::object json;
};
const boost::json::object& json_of(const FleetIncident& incident) {
    return incident.json;
}

int incidents(const FleetOptions& options) {
    const auto asked = Url(kIncidentsAnswer)
                           .filter("open", options.only_open ? "1" : "")
                           .filter("cluster", options.cluster)
                           .filter("user", options.user)
                           .filter("min_severity", options.least);
    const std::vector<WorkerAnswer> answers = ask_workers(fleet_of(options), asked.str());
    std::vector<OfWorker<FleetIncident>> rows;
    for (const WorkerAnswer& answer : answers) {
        for (const boost::json::object& object : answer.rows) {
            if (auto shown = shown_incident_from(object))
                rows.push_back({{std::move(*shown), object}, answer.worker});
        }
    }
    std::stable_sort(rows.begin(), rows.end(),
                     [](const auto& a, const auto& b) { return a.row.shown.opened > b.row.shown.opened; });
    const auto columns = columns_of(incident_columns(), &FleetIncident::shown);
    print_rows(listing(options.format, columns, "no incidents"), rows);
    return tell_silent(answers, options.format) ? kDone : kFailed;
}

void add_shared(CLI::App& command, FleetOptions& options) {
    command.add_option("--cluster", options.cluster, "only this cluster");
    command.add_option("--worker", options.workers, "a worker's URL, in place of those of the configuration")
        ->option_text("URL");
    command.add_option("--config", options.config, "the configuration, whose [fleet] names the workers")
        ->capture_default_str();
    add_format_option(command, options.format);
}

}  // namespace

void add_fleet(CLI::App& app, Chosen& chosen) {
    auto* fleet = app.add_subcommand("fleet", "Ask all workers of a fleet, and say which did not answer");
    fleet->require_subcommand(1);

    auto options = std::make_shared<FleetOptions>();
    auto* access =
        fleet->add_subcommand("last-access", "When somebody last accessed any cluster of the fleet");
    access->footer("Example: redshank fleet last-access --user alice");
    access->add_option("--user", options->user, "this user")->required();
    access->add_option("--namespace", options->ns, "accesses to this namespace");
    access->add_flag("--by-resource", options->by_resource, "a row for each resource too");
    add_shared(*access, *options);
    access->callback([&chosen, options] { chosen = [options] { return last_access(*options); }; });

    options = std::make_shared<FleetOptions>();
    auto* list =
        fleet->add_subcommand("incidents", "What people were told about in all clusters, newest first");
    list->footer("Example: redshank fleet incidents --open --min-severity high");
    list->add_flag("--open", options->only_open, "only those that are not over");
    list->add_option("--user", options->user, "only with this actor");
    add_choice_option(*list, "--min-severity", options->least, {kSeverityWords.begin(), kSeverityWords.end()},
                      "this and worse");
    add_shared(*list, *options);
    list->callback([&chosen, options] { chosen = [options] { return incidents(*options); }; });
}

}  // namespace redshank
