#include <fmt/format.h>

#include <cstdio>

#include "core/finding/finding_json.h"
#include "core/log.h"
#include "daemon/commands/commands.h"
#include "daemon/config/config.h"
#include "daemon/pipeline.h"
#include "daemon/print/listing.h"
#include "daemon/replay_stats.h"
#include "daemon/source_problem.h"
#include "daemon/sources/replay_source.h"
#include "detectors/secrets/config.h"
#include "exporters/finding_text.h"

namespace redshank {

namespace {

struct ReplayOptions {
    std::string config, state, format = "text", evidence = "some", stats;
    unsigned jobs = 1;
    std::vector<std::string> seed_rbac, files;
};

// Prints each finding when it is reported, and keeps its last form for the statistics.
class Printer : public PipelineListener {
  public:
    explicit Printer(bool json) : json_(json) {}

    void told(const Finding& finding) override {
        if (json_) {
            print_json(to_json(finding));
        } else {
            std::fputs(finding_text(finding).c_str(), stdout);
        }
        findings_.count(finding);
    }

    const FindingCounts& findings() const { return findings_; }

  private:
    const bool json_;
    FindingCounts findings_;
};

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

int replay(const ReplayOptions& options) {
    Config config = options.config.empty() ? Config{} : load_config(options.config);
    config.detectors.keep_all_evidence = options.evidence == "all";
    for (const std::string& file : options.seed_rbac)
        config.detectors.of<secrets::Config>().seed_rbac.push_back(file);

    load_rules(config.detectors);
    Engine engine(config.detectors);
    const auto store = options.state.empty() ? nullptr : Store::open(options.state, Store::Mode::ReadWrite);
    std::vector<std::unique_ptr<Source>> sources;
    const SourceConfig source = config.sources.empty() ? SourceConfig{} : config.sources.front();
    sources.push_back(make_replay_source(options.files, config.cluster, source.line_limit));
    Printer printer(options.format == "json");
    const ReplayClock clock;
    Pipeline pipeline(engine, sources, store.get(), printer, options.jobs);
    pipeline.run(StopSignal{});
    pipeline.tell_rest();

    const ReplayStats stats = clock.stats(pipeline.counts(), printer.findings(), options.jobs);
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
    command->add_option("FILES", options->files, "logs in order; '-' is stdin; gzip and zstd are recognised")
        ->required();
    command->add_option("--config", options->config, "configuration (default: built-in defaults)");
    command->add_option("--state", options->state, "keep state in this database (default: keep nothing)");
    command->add_option("--format", options->format, "text or json (one finding a line)")
        ->check(CLI::IsMember({"text", "json"}));
    command->add_option("--evidence", options->evidence, "'all' names every event behind a finding")
        ->check(CLI::IsMember({"some", "all"}));
    command->add_option("--jobs", options->jobs, "threads that parse")->check(CLI::Range(1, 64));
    command->add_option("--stats", options->stats, "write counts and times to this file, as JSON");
    command->add_option("--seed-rbac", options->seed_rbac, "output of kubectl get clusterroles,… -A -o json");
    command->callback([&chosen, options] { chosen = [options] { return replay(*options); }; });
}

}  // namespace redshank
