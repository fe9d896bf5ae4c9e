#include <cstdio>

#include "daemon/commands/commands.h"
#include "daemon/config/config.h"

namespace redshank {

void add_check_config(CLI::App& app, Chosen& chosen) {
    auto* command = app.add_subcommand("check-config", "Check a configuration and the files that it names");
    command->footer("Example: redshank check-config /etc/redshank/redshank.toml");
    auto file = std::make_shared<std::string>();
    command->add_option("FILE", *file, "the configuration")->required();
    command->callback([&chosen, file] {
        chosen = [file] {
            const Config config = load_config(*file);
            make_detectors(config.detectors);  // reads the files that detectors are configured with
            std::printf("%s: good (%zu sources, %zu receivers)\n", file->c_str(), config.sources.size(),
                        config.receivers.size());
            return kDone;
        };
    });
}

}  // namespace redshank
