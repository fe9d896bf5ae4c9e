#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>
#include <cstdio>
#include <map>

#include "core/finding/finding_json.h"
#include "core/log.h"
#include "daemon/commands/commands.h"
#include "daemon/commands/options.h"
#include "daemon/config/config.h"
#include "daemon/pipeline.h"
#include "daemon/print/console.h"
#include "daemon/print/listing.h"
#include "daemon/replay_stats.h"
#include "daemon/source_problem.h"
#include "daemon/sources/replay_source.h"
#include "detectors/secrets/config.h"
#include "detectors/visibility/config.h"
#include "exporters/finding_text.h"
#include "exporters/incident_text.h"

namespace redshank {

namespace {

struct ReplayOptions {
    std::string config, state, format = "text", evidence = "some", stats, least = "info";
    bool findings = false, incidents = false;
    unsigned jobs = 1;
    std::vector<std::string> seed_rbac, files;
};

// What is printed: findings as they are told, or incidents as they end, and at the end those that are open.
class Printer : public PipelineListener {
  public:
    struct Wanted {
        bool json = false, incidents = false, all_evidence = false;
        Severity least = Severity::Info;
    };
    explicit Printer(Wanted wanted) : wanted_(wanted) {}

    void told(const News& news) override {
        if (news.finding) {
            findings_.count(*news.finding);
            keep_caveat(*news.finding);
        }
        if (!wanted_.incidents) {
            if (news.finding && news.finding->severity >= wanted_.least) print(*news.finding);
            return;
        }
        if (wanted_.all_evidence && news.finding && news.incident) keep_evidence(news);
    }

    // What is in the book when all is read. Those that joined another are told there.
    void print_incidents(const IncidentBook& book) {
        if (!wanted_.incidents) return;
        std::vector<const Incident*> all;
        book.each([&](const Incident& incident) {
            if (incident.joined.empty() && incident.severity >= wanted_.least) all.push_back(&incident);
        });
        std::sort(all.begin(), all.end(), [](const Incident* a, const Incident* b) {
            return std::tie(a->opened, a->id) < std::tie(b->opened, b->id);
        });
        for (const Incident* incident : all) print(*incident);
    }

    const FindingCounts& findings() const { return findings_; }

    // What the logs do not show, a sentence each.
    std::vector<std::string> caveats() const {
        std::vector<std::string> out;
        for (const auto& [id, text] : blind_) out.push_back(text);
        return out;
    }

  private:
    void print(const Finding& finding) const {
        if (wanted_.json) return print_json(to_json(finding));
        std::fputs(for_stdout(finding_text(finding)).c_str(), stdout);
    }

    void print(const Incident& incident) {
        if (!wanted_.json) {
            std::fputs(for_stdout(incident_text(incident, stdout_width())).c_str(), stdout);
            return;
        }
        std::vector<Evidence> evidence;
        if (wanted_.all_evidence) evidence = evidence_of(incident);
        print_json(boost::json::serialize(json_of(incident, wanted_.all_evidence ? &evidence : nullptr)));
    }

    void keep_caveat(const Finding& finding) {
        if (finding.kind != "audit-blind") return;
        if (finding.status == FindingStatus::Firing) {
            blind_[finding.id] = finding.summary;
        } else {
            blind_.erase(finding.id);
        }
    }

    // The last form of a finding has all of its events.
    void keep_evidence(const News& news) { evidence_[news.finding->id] = news.finding->evidence; }

    std::vector<Evidence> evidence_of(const Incident& incident) const {
        std::map<std::pair<std::string, uint64_t>, Evidence> all;  // by place: each once, in their order
        for (const IncidentPart& part : incident.findings) {
            const auto known = evidence_.find(part.id);
            if (known == evidence_.end()) continue;
            for (const Evidence& event : known->second) all.try_emplace({event.source, event.offset}, event);
        }
        std::vector<Evidence> out;
        for (const auto& [place, event] : all) out.push_back(event);
        return out;
    }

    const Wanted wanted_;
    FindingCounts findings_;
    std::map<std::string, std::string> blind_;               // by finding
    std::map<std::string, std::vector<Evidence>> evidence_;  // by finding, when all of it is wanted
};

Printer::Wanted wanted_by(const ReplayOptions& options) {
    Printer::Wanted wanted{.json = options.format == "json", .all_evidence = options.evidence == "all"};
    wanted.incidents = options.incidents || (!wanted.json && !options.findings);
    parse_severity(options.least, wanted.least);
    return wanted;
}

// Says so when there were lines and none of them was an event: that is no clean log.
bool has_read_anything(const PipelineCounts& counts) {
    if (counts.events > 0) return true;
    for (const auto& [name, source] : counts.sources) {
        const std::string problem = nothing_read(source);
        if (problem.empty()) continue;
        log_error("{}", problem);
        return false;
    }
    return true;
}

// All files count as the log of the configuration's cluster, made under the policy of its first source.
void name_policy(Config& config) {
    if (config.sources.empty()) return;
    auto& policies = config.detectors.of<visibility::Config>().policies;
    const auto first = policies.find(config.sources.front().cluster);
    if (first != policies.end()) policies.try_emplace(config.cluster, first->second);
}

int replay(const ReplayOptions& options) {
    Config config = options.config.empty() ? Config{} : load_config(options.config);
    config.detectors.keep_all_evidence = options.evidence == "all";
    for (const std::string& file : options.seed_rbac)
        config.detectors.of<secrets::Config>().seed_rbac.push_back(file);

    load_rules(config.detectors);
    name_policy(config);
    Engine engine(config.detectors);
    const auto store = options.state.empty() ? nullptr : Store::open(options.state, Store::Mode::ReadWrite);
    if (store && !store->damage().empty()) log_error("{}", store->damage());
    std::vector<std::unique_ptr<Source>> sources;
    const SourceConfig source = config.sources.empty() ? SourceConfig{} : config.sources.front();
    // Of a small batch the last lines have nobody who prepares the next ones meanwhile.
    const LogPace pace = options.jobs > 1 ? LogPace{.at_once = 8 * kReadSize, .is_ahead = true} : LogPace{};
    sources.push_back(make_replay_source(options.files, config.cluster, source.line_limit, pace));
    Printer printer(wanted_by(options));
    IncidentBook incidents(config.alerts.incidents);
    const ReplayClock clock;
    Pipeline pipeline(engine, incidents, sources, store.get(), printer, options.jobs, nullptr,
                      {.ledger_rows = config.ledger_hours});
    pipeline.run(StopSignal{});
    pipeline.tell_rest();
    printer.print_incidents(incidents);

    ReplayStats stats = clock.stats(pipeline.counts(), printer.findings(), options.jobs);
    stats.caveats = printer.caveats();
    std::fflush(stdout);
    std::fputs(stats.to_text().c_str(), stderr);
    if (!options.stats.empty()) stats.write(options.stats);
    return has_read_anything(pipeline.counts()) ? kDone : kFailed;
}

}  // namespace

void add_replay(CLI::App& app, Chosen& chosen) {
    auto* command =
        app.add_subcommand("replay", "Read whole logs and print what the daemon would have found");
    command->footer("Example: redshank replay --format json /var/log/kubernetes/audit/audit-*.log.gz");
    auto options = std::make_shared<ReplayOptions>();
    command
        ->add_option(
            "FILES", options->files,
            "logs, read in the order of their events; '-' is stdin; gzip, zstd, bzip2 and xz are recognised")
        ->required();
    command->add_option("--config", options->config, "configuration (default: built-in defaults)");
    command->add_option("--state", options->state, "keep state in this database (default: keep nothing)");
    add_choice_option(*command, "--format", options->format, {"text", "json"},
                      "text, or json (one object a line)");
    auto* findings = command->add_flag("--findings", options->findings,
                                       "print findings as they come (--format json: by default)");
    command
        ->add_flag("--incidents", options->incidents,
                   "print incidents when all is read (--format text: by default)")
        ->excludes(findings);
    add_choice_option(*command, "--min-severity", options->least,
                      {kSeverityWords.begin(), kSeverityWords.end()}, "only this and worse");
    add_choice_option(*command, "--evidence", options->evidence, {"some", "all"},
                      "'all' names every event behind a finding");
    command->add_option("--jobs", options->jobs, "threads that work on the log")->check(CLI::Range(1, 64));
    command->add_option("--stats", options->stats, "write counts and times to this file, as JSON");
    command->add_option("--seed-rbac", options->seed_rbac, "output of kubectl get clusterroles,… -A -o json");
    command->callback([&chosen, options] { chosen = [options] { return replay(*options); }; });
}

}  // namespace redshank
