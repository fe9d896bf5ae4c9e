#include "daemon/commands/options.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <pwd.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <map>

#include "audit/nearest.h"
#include "audit/policy/policy.h"
#include "exporters/siem.h"

namespace redshank {

void add_state_option(CLI::App& command, std::string& path) {
    path = kServiceState;
    command.add_option("--state", path, "state database; may be in use by the daemon")->capture_default_str();
}

void add_format_option(CLI::App& command, OutputFormat& format) {
    static const std::map<std::string, OutputFormat> words{{"text", OutputFormat::Text},
                                                           {"json", OutputFormat::Json}};
    command.add_option("--format", format, "text, or json: one object a line")
        ->transform(CLI::CheckedTransformer(words))
        ->option_text("text|json");
}

void add_format_option(CLI::App& command, OutputFormat& format, SiemFormat& words) {
    static const std::map<std::string, SiemFormat> all{
        {"json", SiemFormat::Own}, {"ocsf", SiemFormat::Ocsf}, {"ecs", SiemFormat::Ecs}};
    command
        .add_option_function<std::string>(
            "--format",
            [&format, &words](const std::string& word) {
                const auto own = all.find(word);
                format = own == all.end() ? OutputFormat::Text : OutputFormat::Json;
                words = own == all.end() ? SiemFormat::Own : own->second;
            },
            "text, or one object a line: json, ocsf or ecs (docs/siem.md)")
        ->check(CLI::IsMember({"text", "json", "ocsf", "ecs"}))
        ->option_text("text|json|ocsf|ecs");
}

void add_kubernetes_option(CLI::App& command, int& minor) {
    const auto read = [&minor](const std::string& text) {
        const auto version = audit::policy::kubernetes_minor(text);
        if (!version) {
            throw CLI::ValidationError(fmt::format("'{}' is no version that is known: 1.{} to 1.{}", text,
                                                   audit::policy::kOldestKubernetes,
                                                   audit::policy::kNewestKubernetes));
        }
        minor = *version;
    };
    command
        .add_option_function<std::string>(
            "--kubernetes", read,
            fmt::format("version of the API server (default: 1.{})", audit::policy::kNewestKubernetes))
        ->option_text("1.NN");
}

void add_choice_option(CLI::App& command, const std::string& name, std::string& word,
                       std::vector<std::string_view> words, const std::string& help) {
    const auto check = [words](const std::string& text) -> std::string {
        if (std::find(words.begin(), words.end(), text) != words.end()) return {};
        const std::string nearest = audit::nearest_name(text.substr(0, 64), words);
        return nearest.empty() ? fmt::format("'{}' is none of {}", text, fmt::join(words, ", "))
                               : fmt::format("'{}' is not known; did you mean '{}'?", text, nearest);
    };
    command.add_option(name, word, help)
        ->check(CLI::Validator(check, ""))
        ->option_text(fmt::format("{}", fmt::join(words, "|")));
}

std::optional<audit::Time> parse_moment(const std::string& text, audit::Time now) {
    if (const auto time = audit::parse_time(text)) return time;
    if (const auto day = audit::parse_time(text + "T00:00:00Z")) return day;
    if (const auto before = audit::parse_duration(text)) return now - *before;
    return std::nullopt;
}

void add_time_option(CLI::App& command, const std::string& name, std::optional<audit::Time>& time,
                     const std::string& help) {
    const auto read = [&time](const std::string& text) {
        time = parse_moment(text, wall_clock());
        if (!time) {
            throw CLI::ValidationError("'" + text +
                                       "' is no time; write 2026-01-31T09:00:00Z, 2026-01-31, or 24h");
        }
    };
    command
        .add_option_function<std::string>(name, read,
                                          help + ": 2026-01-31T09:00:00Z, 2026-01-31, or 24h (ago)")
        ->option_text("TIME");
}

std::optional<audit::Duration> parse_length(const std::string& text) {
    const auto length = audit::parse_duration(text);
    constexpr audit::Duration kLongest = std::chrono::days{36'500};  // keeps sums with a time in range
    return length && *length > audit::Duration{0} && *length <= kLongest ? length : std::nullopt;
}

std::string login_name() {
    // Not getpwuid(): it loads what the host names in nsswitch.conf, which a static binary cannot.
    if (std::FILE* users = std::fopen("/etc/passwd", "re")) {
        std::string name;
        while (const passwd* user = name.empty() ? ::fgetpwent(users) : nullptr) {
            if (user->pw_uid == ::getuid()) name = user->pw_name;
        }
        std::fclose(users);
        if (!name.empty()) return name;
    }
    const char* said = std::getenv("LOGNAME");  // users of a directory
    return said && *said != '\0' ? said : std::to_string(::getuid());
}

}  // namespace redshank
