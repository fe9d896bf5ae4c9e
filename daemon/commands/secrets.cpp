#include <fmt/format.h>

#include <boost/json.hpp>
#include <cstdio>
#include <map>

#include "audit/glob.h"
#include "daemon/commands/commands.h"
#include "daemon/commands/options.h"
#include "daemon/store/store.h"
#include "detectors/secrets/protection.h"
#include "detectors/secrets/reads.h"
#include "detectors/secrets/window.h"

namespace redshank {

namespace {

struct SecretsOptions {
    std::string state, secret;
    std::optional<audit::Time> since, until;
    OutputFormat format = OutputFormat::Text;

    // `scope` is "shop/db", "shop/*" or "*/*".
    bool concerns(const std::string& scope) const {
        return secret.empty() || audit::glob_match(scope, secret);
    }
    bool overlaps(audit::Time first, audit::Time last) const {
        return (!since || last >= *since) && (!until || first <= *until);
    }
};

std::string short_time(audit::Time time) {
    return audit::format_time(time).substr(0, 19) + "Z";
}

// The state's row with its type in front: "window" or "reader".
void print_json(const char* type, std::string_view row) {
    boost::json::object out{{"type", type}};
    const boost::json::value fields = boost::json::parse(row);
    for (const auto& [key, value] : fields.as_object()) out[key] = value;
    fmt::print("{}\n", boost::json::serialize(out));
}

void print_window(const secrets::Window& window) {
    fmt::print("\n{}  window {}, {}\n", printable(window.target), window.number,
               window.is_open() ? "OPEN" : "closed");
    std::string who;
    for (const std::string& subject : window.subjects) who += (who.empty() ? "" : ", ") + subject;
    fmt::print("  readable by  {}\n  through      {}\n", printable(who), printable(window.through));
    const auto change = [](const char* what, audit::Time time, const std::optional<secrets::Cause>& cause,
                           const char* otherwise) {
        fmt::print("  {:<11}  {}  {}\n", what, audit::format_time(time),
                   cause ? printable(cause->in_words()) : otherwise);
    };
    change("opened", window.opened, window.opened_by, "(or earlier: before anything that was seen)");
    if (window.closed) {
        change("closed", *window.closed, window.closed_by, "");
        fmt::print("  for          {}{}\n", audit::format_duration(*window.closed - window.opened),
                   window.closing_presumed ? " (presumed: nobody read through it since)" : "");
    }
    if (window.basis == secrets::Window::Basis::Inferred) {
        fmt::print("  known        inferred from reads: the log does not show RBAC objects\n");
    }
    fmt::print("  reads        {}\n", window.reads);
}

int list_secrets(const SecretsOptions& options) {
    const auto store = Store::open(options.state, Store::Mode::ReadOnly);
    const bool json = options.format == OutputFormat::Json;
    bool any = false;
    if (!json) fmt::print("EXPOSURE WINDOWS\n");
    store->state().scan("secret_exposure.windows", "", [&](std::string_view, std::string_view row) {
        const auto window = read_row<secrets::Window>(row);
        if (!window || !options.concerns(window->target) ||
            !options.overlaps(window->opened, window->closed.value_or(audit::Time::max()))) {
            return;
        }
        any = true;
        json ? print_json("window", row) : print_window(*window);
    });
    if (!json) fmt::print("{}\nWHO ASKED FOR THE CONTENT\n", any ? "" : "\nnone\n");
    constexpr const char* kRow = "{:<20}  {:<20}  {:>6}  {:<9}  {:>6}  {:<12}  {}\n";
    bool has_head = false;
    store->state().scan("secret_exposure.reads", "", [&](std::string_view, std::string_view text) {
        const auto read = read_row<secrets::Reads::Row>(text);
        if (!read) return;
        const secrets::Reads::Row& row = *read;
        if (!options.concerns(row.secret) || !options.overlaps(row.first, row.last)) return;
        if (json) return print_json("reader", text);
        if (!has_head)
            fmt::print(kRow, "FIRST", "LAST", "COUNT", "VERDICT", "WINDOW", "VERBS", "WHO, WHAT, HOW");
        has_head = true;
        std::string verbs, what = row.user;
        for (const std::string& verb : row.verbs) verbs += (verbs.empty() ? "" : ",") + verb;
        if (!row.impersonated.empty()) what += " as " + row.impersonated;
        what += "  " + row.secret;
        if (!row.grant.empty()) what += "  " + row.grant;
        fmt::print(kRow, short_time(row.first), short_time(row.last), row.count, row.verdict,
                   row.window == 0 ? "-" : std::to_string(row.window), verbs, printable(what));
    });
    if (!json && !has_head) fmt::print("nobody\n");
    return kDone;
}

}  // namespace

void add_secrets(CLI::App& app, Chosen& chosen) {
    auto* command = app.add_subcommand("secrets", "When Secrets lay open, and who read them by which grant");
    command->footer("Example: redshank secrets --secret payments/db-password --since 7d");
    auto options = std::make_shared<SecretsOptions>();
    command->add_option("--secret", options->secret, "only this one: NAMESPACE/NAME");
    add_time_option(*command, "--since", options->since, "only what went on at or after this time");
    add_time_option(*command, "--until", options->until, "only what went on at or before this time");
    add_format_option(*command, options->format);
    add_state_option(*command, options->state);
    command->callback([&chosen, options] { chosen = [options] { return list_secrets(*options); }; });
}

}  // namespace redshank
