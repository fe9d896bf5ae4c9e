#include "daemon/questions/digest.h"

#include <fmt/format.h>

#include <boost/json.hpp>

#include "core/state/row.h"
#include "daemon/commands/commands.h"
#include "daemon/commands/options.h"
#include "daemon/store/checked.h"
#include "detectors/engine.h"

namespace redshank {

namespace {

struct DigestOptions {
    std::string state;
    DigestFilter filter;
    OutputFormat format = OutputFormat::Text;
};

Listing<access::DigestRow> listing(OutputFormat format) {
    using Row = access::DigestRow;
    return {
        format,
        {{{"TIME"}, [](const Row& row) { return to_seconds(row.time); }},
         {{.header = "BITS", .right = true}, [](const Row& row) { return fmt::format("{:.1f}", row.bits); }},
         {{"WHO", 1, 14}, [](const Row& row) { return row.user; }},
         {{"WHAT, AND WHY IT WAS WEIGHED", 3, 30},
          [](const Row& row) { return row.what + " (" + row.because + ")"; }}},
        [](const Row& row) {
            boost::json::object out = boost::json::parse(write_row(row)).as_object();
            out.erase("micros");
            return boost::json::serialize(out);
        },
        "nothing was weighed and kept back"};
}

}  // namespace

void add_digest(CLI::App& app, Chosen& chosen) {
    auto* command = app.add_subcommand(
        "digest", "What unusual_access weighed and did not tell, newest first: too usual or over the budget");
    command->footer("Example: redshank digest --since 24h");
    auto options = std::make_shared<DigestOptions>();
    add_time_option(*command, "--since", options->filter.since, "only at or after this time");
    command->add_option("--user", options->filter.user, "only this user");
    add_format_option(*command, options->format);
    add_state_option(*command, options->state);
    command->callback([&chosen, options] {
        chosen = [options] {
            const auto store = Store::open(options->state, Store::Mode::ReadOnly);
            print_rows(listing(options->format),
                       weighed_and_kept_back(detectors_state(checked_state(*store)), options->filter));
            return kDone;
        };
    });
}

}  // namespace redshank
