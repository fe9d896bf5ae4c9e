#include "daemon/alerts/add_silence.h"

#include <cstdio>

#include "core/log.h"
#include "core/state/row.h"
#include "daemon/commands/commands.h"
#include "daemon/commands/options.h"
#include "daemon/questions/said.h"
#include "daemon/store/checked.h"

namespace redshank {

namespace {

struct SilenceOptions {
    std::string state = kServiceState, author, comment, length = "2h", id;
    std::vector<std::string> matchers;
    OutputFormat format = OutputFormat::Text;
    bool all = false;
};

int report_problem(const std::exception& error) {
    log_error("{}", error.what());
    return kUsage;
}

int add(const SilenceOptions& options) {
    const audit::Time now = wall_clock();
    Silence silence{.starts = now, .author = options.author, .comment = options.comment};
    try {
        for (const std::string& text : options.matchers) silence.matchers.push_back(parse_matcher(text));
    } catch (const std::runtime_error& error) {
        return report_problem(error);
    }
    const auto length = parse_length(options.length);
    if (!length) {
        log_error("--for takes a duration such as 30m, 2h or 7d");
        return kUsage;
    }
    silence.ends = now + *length;
    if (silence.author.empty()) silence.author = login_name();
    const auto store = Store::open(options.state, Store::Mode::Attached);
    if (const std::string problem = add_silence(*store, silence, now); !problem.empty()) {
        log_error("{}", problem);
        return kFailed;
    }
    print_text(silence.id);
    return kDone;
}

std::string matchers_text(const Silence& silence) {
    std::string text;
    for (const Matcher& matcher : silence.matchers) text += (text.empty() ? "" : " ") + stored(matcher);
    return text;
}

Listing<Silence> listing(OutputFormat format) {
    using Row = Silence;
    return {format,
            {{{"ID"}, [](const Row& row) { return row.id; }},
             {{"ENDS"}, [](const Row& row) { return to_seconds(row.ends); }},
             {{"BY", 1, 8}, [](const Row& row) { return row.author; }},
             {{"WHAT", 3, 20}, matchers_text},
             {{"WHY", 2, 12}, [](const Row& row) { return row.comment; }}},
            [](const Row& row) { return write_row(row); },
            "no silences"};
}

int list(const SilenceOptions& options) {
    const auto store = Store::open(options.state, Store::Mode::ReadOnly);
    const auto now = options.all ? std::nullopt : std::optional(wall_clock());
    print_rows(listing(options.format), silences(checked_state(*store), now));
    return kDone;
}

int expire(const SilenceOptions& options) {
    const auto store = Store::open(options.state, Store::Mode::Attached);
    const auto problem = expire_silence(*store, options.id, wall_clock());
    if (problem && problem->empty()) return kDone;
    log_error("{}", problem ? *problem : "there is no silence " + options.id);
    return problem ? kFailed : kUsage;
}

}  // namespace

void add_silence(CLI::App& app, Chosen& chosen) {
    auto* command = app.add_subcommand("silence", "Keep findings from receivers for a while");
    command->require_subcommand(1);
    command->footer(
        "Example: redshank silence add --for 4h --comment 'load test' actor=ci-bot 'namespace=~test-.*'");
    auto options = std::make_shared<SilenceOptions>();

    auto* adding = command->add_subcommand("add", "Add one and print its id");
    adding
        ->add_option(
            "MATCHER", options->matchers,
            "FIELD=VALUE, also != =~ !~; all must match. Fields: cluster detector kind severity actor "
            "source_ip namespace resource name rule finding incident")
        ->required();
    adding->add_option("--for", options->length, "how long, e.g. 30m, 2h, 7d")->capture_default_str();
    adding->add_option("--comment", options->comment, "why")->required();
    adding->add_option("--author", options->author, "who; default: you");
    adding->add_option("--state", options->state, "the database")->capture_default_str();
    adding->callback([&chosen, options] { chosen = [options] { return add(*options); }; });

    auto* listing = command->add_subcommand("list", "The ones in force and to come");
    listing->add_flag("--all", options->all, "those that ended too");
    add_format_option(*listing, options->format);
    listing->add_option("--state", options->state, "the database")->capture_default_str();
    listing->callback([&chosen, options] { chosen = [options] { return list(*options); }; });

    auto* ending = command->add_subcommand("expire", "End one now");
    ending->add_option("ID", options->id, "as `list` shows it")->required();
    ending->add_option("--state", options->state, "the database")->capture_default_str();
    ending->callback([&chosen, options] { chosen = [options] { return expire(*options); }; });
}

}  // namespace redshank
