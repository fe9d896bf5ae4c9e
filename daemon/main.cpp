#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <exception>
#include <optional>

#include "core/heap.h"
#include "core/log.h"
#include "core/version.h"
#include "daemon/commands/commands.h"
#include "daemon/config/config.h"
#include "rules/error.h"

namespace redshank {
namespace {

// Sets what the arguments choose. Something: no command is to run, and this is the exit code. The commands
// and their options take half a megabyte, which is given back here.
std::optional<int> choose(int argc, char** argv, Chosen& chosen) {
    CLI::App app("redshank reads the Kubernetes audit log and says when something is wrong.", "redshank");
    app.set_version_flag("--version", fmt::format("redshank {} ({})", version(), revision()));
    app.require_subcommand(1);
    add_run(app, chosen);
    add_replay(app, chosen);
    add_silence(app, chosen);
    add_suppress(app, chosen);
    add_digest(app, chosen);
    add_outbox(app, chosen);
    add_test_receiver(app, chosen);
    add_render(app, chosen);
    add_check_config(app, chosen);
    add_crds(app, chosen);
    add_events(app, chosen);
    add_event(app, chosen);
    add_why(app, chosen);
    add_incidents(app, chosen);
    add_incident(app, chosen);
    add_findings(app, chosen);
    add_secrets(app, chosen);
    add_last_access(app, chosen);
    add_fleet(app, chosen);
    add_rules(app, chosen);
    add_policy(app, chosen);
    add_verify(app, chosen);
    add_doctor(app, chosen);
    add_webhook_config(app, chosen);
    add_completion(app, chosen);
    add_manual(app, chosen);

    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        return app.exit(error) == 0 ? kDone : kUsage;
    }
    return std::nullopt;
}

}  // namespace
}  // namespace redshank

int main(int argc, char** argv) {
    using namespace redshank;
    prepare_heap();
    Chosen chosen;
    if (const auto code = choose(argc, argv, chosen)) return *code;
    advise_heap();
    try {
        return chosen();
    } catch (const rules::RuleError& error) {
        log_error("{}", error.what());
        return kUsage;
    } catch (const ConfigError& error) {
        log_lines(LogLevel::Error, error.what());
        return kUsage;
    } catch (const std::exception& error) {
        log_error("{}", error.what());
        return kFailed;
    }
}
