// Options that several commands have, said and read in one way.
#pragma once

#include <CLI/CLI.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "audit/time.h"
#include "daemon/clock.h"
#include "daemon/print/listing.h"

namespace redshank {

enum class SiemFormat : uint8_t;  // exporters/siem.h

// The service's own database.
inline constexpr const char* kServiceState = "/var/lib/redshank/redshank.db";
// The configuration of the service.
inline constexpr const char* kServiceConfig = "/etc/redshank/redshank.toml";

// --state DB, to be opened read-only.
void add_state_option(CLI::App& command, std::string& path);

// --format text|json.
void add_format_option(CLI::App& command, OutputFormat& format);
// --format text|json|ocsf|ecs: `words` are those of the JSON.
void add_format_option(CLI::App& command, OutputFormat& format, SiemFormat& words);

// --kubernetes 1.NN: the version of the API server that an audit policy is for.
void add_kubernetes_option(CLI::App& command, int& minor);

// `name` takes one of these words. Another is wrong usage, and the error names the nearest.
void add_choice_option(CLI::App& command, const std::string& name, std::string& word,
                       std::vector<std::string_view> words, const std::string& help);

// `name` takes a time: RFC 3339, a date (its first instant, UTC), or a duration before now ("90s", "24h",
// "7d").
void add_time_option(CLI::App& command, const std::string& name, std::optional<audit::Time>& time,
                     const std::string& help);

// Parses what add_time_option() accepts; nothing for other texts.
std::optional<audit::Time> parse_moment(const std::string& text, audit::Time now);

// "2h", "30d": how long something is to last; nothing when it is no duration, not longer than 0, or
// longer than a century.
std::optional<audit::Duration> parse_length(const std::string& text);

// The user who runs the command.
std::string login_name();

}  // namespace redshank
