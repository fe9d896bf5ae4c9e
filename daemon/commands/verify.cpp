#include "daemon/questions/verify.h"

#include <fmt/format.h>

#include <boost/json.hpp>

#include "daemon/commands/commands.h"
#include "daemon/commands/options.h"
#include "daemon/config/config.h"

namespace redshank {

namespace json = boost::json;

namespace {

struct VerifyOptions {
    std::string state, config = kServiceConfig;
    std::vector<std::string> logs;
    OutputFormat format = OutputFormat::Text;
};

bool is_counted(const VerifiedRow& row) {
    return row.counted.lines > 0;
}

std::string number(const VerifiedRow& row, uint64_t number) {
    return is_counted(row) ? std::to_string(number) : "";
}

std::string seconds(audit::Time time) {
    return time == audit::Time{} ? "" : to_seconds(time);
}

std::string skipped_text(const VerifiedRow& row) {
    std::string text;
    for (const auto& [reason, lines] : row.counted.skipped)
        text += fmt::format("{}{} {}", text.empty() ? "" : ", ", lines, reason);
    return text;
}

std::string to_json(const VerifiedRow& row) {
    json::object out{{"file", row.file}, {"result", to_string(row.result)}, {"text", row.text}};
    if (!row.source.empty()) out["source"] = row.source;
    if (row.generation != 0) out["generation"] = row.generation;
    if (row.hour) out["hour"] = audit::format_time(begin_of(*row.hour));
    if (row.line) out["line"] = *row.line;
    if (row.byte) out["byte"] = *row.byte;
    if (is_counted(row)) {
        out["hours"] = row.hours;
        out["lines"] = row.counted.lines;
        out["bytes"] = row.counted.bytes;
        out["events"] = row.counted.events;
        out["skipped"] = json::value_from(row.counted.skipped);
        if (row.counted.first != audit::Time{}) {
            out["first"] = audit::format_time(row.counted.first);
            out["last"] = audit::format_time(row.counted.last);
        }
    }
    return json::serialize(out);
}

Listing<VerifiedRow> listing(OutputFormat format) {
    using Row = VerifiedRow;
    return {
        format,
        {{{"FILE", 2, 20}, [](const Row& row) { return row.file; }},
         {{.header = "HOUR"}, [](const Row& row) { return row.hour ? seconds(begin_of(*row.hour)) : ""; }},
         {{.header = "LINES", .right = true}, [](const Row& row) { return number(row, row.counted.lines); }},
         {{.header = "EVENTS", .right = true},
          [](const Row& row) { return number(row, row.counted.events); }},
         {{"SKIPPED", 1, 10}, skipped_text},
         {{.header = "FIRST"}, [](const Row& row) { return seconds(row.counted.first); }},
         {{.header = "LAST"}, [](const Row& row) { return seconds(row.counted.last); }},
         {{"RESULT", 3, 24}, [](const Row& row) { return row.text; }}},
        to_json,
        "there is no log"};
}

int answer(const VerifyOptions& options) {
    const auto store = Store::open(options.state, Store::Mode::ReadOnly);
    const Verified verified = options.logs.empty()
                                  ? verify_sources(*store, load_config(options.config).sources)
                                  : verify_files(*store, options.logs);
    print_rows(listing(options.format), verified.rows);
    if (verified.differs) return kFound;
    return verified.is_all_read ? kDone : kFailed;
}

}  // namespace

void add_verify(CLI::App& app, Chosen& chosen) {
    auto* command = app.add_subcommand(
        "verify",
        "Whether the logs still hold what redshank counted when it read them: a row for each file, and for "
        "each hour that differs");
    command->footer("Example: redshank verify /var/log/kubernetes/audit/audit-*.log.gz");
    auto options = std::make_shared<VerifyOptions>();
    command->add_option("LOG", options->logs,
                        "files, whatever they are called by now (gzip, zstd, bzip2 and xz are recognised); "
                        "default: the logs of "
                        "the configuration with all their backups");
    command->add_option("--config", options->config, "configuration")->capture_default_str();
    add_state_option(*command, options->state);
    add_format_option(*command, options->format);
    command->callback([&chosen, options] { chosen = [options] { return answer(*options); }; });
}

}  // namespace redshank
