#include "core/log.h"
#include "daemon/commands/commands.h"
#include "daemon/commands/sample_config.h"
#include "daemon/config/config.h"
#include "daemon/daemon.h"
#include "daemon/fleet/stand_in.h"

namespace redshank {

void add_run(CLI::App& app, Chosen& chosen) {
    auto* command =
        app.add_subcommand("run", "Follow the audit log and alert: the daemon, in the foreground");
    command->footer(
        "Example: redshank run --config /etc/redshank/redshank.toml\n"
        "Without --config it follows samples/audit.log below the current folder, for a first look.");
    auto file = std::make_shared<std::string>();
    command->add_option("--config", *file, "configuration");
    command->callback([&chosen, file] {
        chosen = [file] {
            if (file->empty()) log_notice("no --config; following samples/audit.log, state in ./run");
            Config config = file->empty() ? parse_config(kSampleConfig, "built-in") : load_config(*file);
            check(config);
            stand_in(config);
            return Daemon(config, *file).run();
        };
    });
}

}  // namespace redshank
