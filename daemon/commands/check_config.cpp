#include <cstdio>

#include "core/log.h"
#include "daemon/commands/commands.h"
#include "daemon/config/config.h"
#include "exporters/alert_sink.h"

namespace redshank {

void add_check_config(CLI::App& app, Chosen& chosen) {
    auto* command = app.add_subcommand("check-config", "Check a configuration and the files that it names");
    command->footer("Example: redshank check-config /etc/redshank/redshank.toml");
    auto file = std::make_shared<std::string>();
    command->add_option("FILE", *file, "the configuration")->required();
    command->callback([&chosen, file] {
        chosen = [file] {
            const Config config = load_config(*file);
            try {
                make_detectors(config.detectors);  // reads rules and seeds
                for (const ReceiverConfig& receiver : config.receivers)
                    make_sinks(receiver);  // reads secrets
            } catch (const std::exception& error) {
                log_error("{}: {}", *file, error.what());
                return kUsage;
            }
            std::printf("%s: good (%zu sources, %zu receivers)\n", file->c_str(), config.sources.size(),
                        config.receivers.size());
            return kDone;
        };
    });
}

}  // namespace redshank
