// What unusual_access weighed and did not tell (detectors/access/digest.h): too usual, too weak, or over the
// budget.
#include <fmt/format.h>

#include <boost/json.hpp>
#include <cstdio>

#include "core/finding/text.h"
#include "core/state/json_fields.h"
#include "daemon/commands/commands.h"
#include "daemon/commands/options.h"
#include "daemon/store/store.h"
#include "detectors/access/digest.h"

namespace redshank {

namespace json = boost::json;

namespace {

struct DigestOptions {
    std::string state, user;
    std::optional<audit::Time> since;
    OutputFormat format = OutputFormat::Text;
};

int list_digest(const DigestOptions& options) {
    const auto store = Store::open(options.state, Store::Mode::ReadOnly);
    std::vector<json::object> rows;  // a few thousand at most; keys begin with the time
    const std::string from = options.since ? audit::format_time(*options.since) : "";
    store->state().scan(access::kDigest, "", [&](std::string_view key, std::string_view text) {
        if (key < from) return;
        boost::system::error_code error;
        json::value row = json::parse(text, error);
        if (error || !row.is_object()) return;
        if (!options.user.empty() && json_text(row.get_object(), "user") != options.user) return;
        rows.push_back(std::move(row.get_object()));
    });
    constexpr const char* kRow = "{:<20}  {:>5}  {:<30}  {}\n";
    const bool is_json = options.format == OutputFormat::Json;
    if (!is_json && !rows.empty()) fmt::print(kRow, "TIME", "BITS", "WHO", "WHAT, AND WHY IT WAS WEIGHED");
    for (auto row = rows.rbegin(); row != rows.rend(); ++row) {
        if (is_json) {
            row->erase("micros");
            fmt::print("{}\n", json::serialize(*row));
            continue;
        }
        const json::value* bits = row->if_contains("bits");
        fmt::print(kRow, fit_exact(json_text(*row, "time").substr(0, 19) + "Z", 40),
                   bits && bits->is_number() ? fmt::format("{:.1f}", bits->to_number<double>()) : "",
                   fit_exact(json_text(*row, "user"), 200),
                   fit_exact(json_text(*row, "what") + " (" + json_text(*row, "because") + ")", 1000));
    }
    if (!is_json && rows.empty()) fmt::print("nothing was weighed and kept back\n");
    return kDone;
}

}  // namespace

void add_digest(CLI::App& app, Chosen& chosen) {
    auto* command = app.add_subcommand(
        "digest", "What unusual_access weighed and did not tell, newest first: too usual or over the budget");
    command->footer("Example: redshank digest --since 24h");
    auto options = std::make_shared<DigestOptions>();
    add_time_option(*command, "--since", options->since, "only at or after this time");
    command->add_option("--user", options->user, "only this user");
    add_format_option(*command, options->format);
    add_state_option(*command, options->state);
    command->callback([&chosen, options] { chosen = [options] { return list_digest(*options); }; });
}

}  // namespace redshank
