#include <fmt/format.h>

#include <any>

#include "core/finding/sentence.h"
#include "core/log.h"
#include "daemon/commands/commands.h"
#include "daemon/config/config.h"
#include "daemon/sources/file_source.h"
#include "daemon/sources/unreadable.h"

namespace redshank {

void add_check_config(CLI::App& app, Chosen& chosen) {
    auto* command = app.add_subcommand("check-config", "Check a configuration and the files that it names");
    command->footer("Example: redshank check-config /etc/redshank/redshank.toml");
    auto file = std::make_shared<std::string>();
    command->add_option("FILE", *file, "the configuration")->required();
    command->callback([&chosen, file] {
        chosen = [file] {
            Config config = load_config(*file);
            size_t warnings = check(config);
            for (const SourceConfig& source : config.sources) {
                const auto* own = std::any_cast<FileSourceConfig>(&source.own);
                const std::string problem = own == nullptr ? "" : problem_of_log(own->path);
                if (problem.empty()) continue;
                log_warning("{}: {}", source.place.to_string(), problem);
                ++warnings;
            }
            fmt::print("{}: good{} ({}, {})\n", *file,
                       warnings == 0 ? "" : fmt::format(", with warnings: {}", warnings),
                       counted(config.sources.size(), "source"),
                       counted(config.receivers.size(), "receiver"));
            return kDone;
        };
    });
}

}  // namespace redshank
