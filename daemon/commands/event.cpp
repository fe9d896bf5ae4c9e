#include <fmt/format.h>

#include <filesystem>
#include <mutex>
#include <system_error>

#include "core/finding/sentence.h"
#include "core/log.h"
#include "daemon/commands/commands.h"
#include "daemon/commands/find_event.h"
#include "daemon/commands/options.h"
#include "daemon/print/event_row.h"
#include "daemon/print/raw_line.h"
#include "daemon/questions/why.h"

namespace redshank {

namespace {

struct EventOptions {
    std::string audit_id, state;
    LogOptions logs;
    OutputFormat format = OutputFormat::Text;
};

// Findings that name it; none when there is no state that can be read.
std::vector<Finding> findings_known(const EventOptions& options) {
    std::error_code error;
    if (!std::filesystem::exists(options.state, error)) return {};
    try {
        return findings_about(*Store::open(options.state, Store::Mode::ReadOnly), options.audit_id);
    } catch (const std::exception& unusable) {
        log_notice("no finding was asked where it stands: {}", unusable.what());
        return {};
    }
}

// It is in no file: what findings know of it, and where it went.
void say_what_was_known(const std::vector<Finding>& findings, const std::string& audit_id,
                        const std::vector<std::string>& in_evidence) {
    bool is_known = false;
    for (const Finding& finding : findings) {
        for (const Evidence& one : evidence_of_event({finding}, audit_id)) {
            log_notice("finding {} names it: {}, {}, byte {}", finding.id, audit::format_time(one.time),
                       one.source, one.offset);
            is_known |= !one.generation.empty();
        }
    }
    if (!is_known) return;
    if (in_evidence.empty()) {
        log_notice("it is gone: that file, whatever it is called now, is not among these");
    } else {
        log_notice("it is gone: its file is there, but its line is not in it any more");
    }
}

int show_event(const EventOptions& options) {
    const bool is_json = options.format == OutputFormat::Json;
    Listing<EventRow> out = event_rows();
    std::vector<EventRow> rows;  // of answers that are not taken yet, in any order
    std::mutex mutex;
    const auto tell = [&](const FoundEvent& one) {
        if (is_json) return std::string(one.line.text);
        const std::lock_guard lock(mutex);
        rows.push_back(event_row(one.request, one.file.path, one.line.offset));
        return std::to_string(rows.size() - 1);
    };
    uint64_t found = 0;
    const auto take = [&](const std::string& told) {
        ++found;
        if (is_json) {
            print_raw(told);
        } else {
            const std::lock_guard lock(mutex);
            out.add(rows.at(std::stoul(told)));
        }
        return true;
    };
    const SearchQuery query{
        .condition = has_audit_id(options.audit_id), .once_a_line = is_json, .jobs = options.logs.jobs};
    const std::vector<Finding> findings = findings_known(options);
    const EventSearch search = find_event(options.logs, query, evidence_of_event(findings, options.audit_id),
                                          {.tell = tell, .found = take});
    out.finish();
    if (found == 0) {
        log_warning("no event has the audit id {}; looked through {}", options.audit_id,
                    counted(search.result.looked_through.size(), "file"));
        for (const std::string& file : search.result.looked_through) log_notice("{}", file);
        say_what_was_known(findings, options.audit_id, search.in_evidence);
    }
    return found > 0 || search.is_whole ? kDone : kFailed;
}

}  // namespace

void add_event(CLI::App& app, Chosen& chosen) {
    auto* command = app.add_subcommand(
        "event", "One event by its audit id, wherever its line went: rotated, compressed, or gone");
    command->footer("Example: redshank event 8c1fd3f0-52e4-4f0c-a7a5-2f9e6f1d0b11");
    auto options = std::make_shared<EventOptions>();
    command->add_option("AUDIT_ID", options->audit_id, "as findings and `redshank events` give it")
        ->required();
    add_format_option(*command, options->format);
    add_state_option(*command, options->state);
    add_log_options(*command, options->logs);
    command->callback([&chosen, options] { chosen = [options] { return show_event(*options); }; });
}

}  // namespace redshank
