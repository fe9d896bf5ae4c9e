#include <fmt/format.h>

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
            Config config = load_config(*file);
            const size_t warnings = check(config);
            fmt::print("{}: good{} ({} sources, {} receivers)\n", *file,
                       warnings == 0 ? "" : fmt::format(", with warnings: {}", warnings),
                       config.sources.size(), config.receivers.size());
            return kDone;
        };
    });
}

}  // namespace redshank
