#include <fmt/format.h>

#include <cstdio>
#include <string>

#include "core/version.h"
#include "daemon/commands/command_tree.h"
#include "daemon/commands/commands.h"

namespace redshank {

namespace {

constexpr const char* kBegin = R"(.SH NAME
redshank \- findings from the audit log of a Kubernetes API server
.SH SYNOPSIS
.B redshank
.I COMMAND
.RI [ OPTION ...]
.SH DESCRIPTION
redshank follows the audit log of a Kubernetes API server and says, in one sentence with evidence, when a Secret was
read while unprotected, when somebody's access is unusual, and when requests on a custom resource fail.
.SH COMMANDS
)";

constexpr const char* kEnd = R"(.SH OUTPUT
Tables are as wide as the terminal
.RB ( COLUMNS ,
else what the terminal says, else 100): long cells are wrapped, never cut in silence, and where the columns do not fit
each row is a block of lines. Characters that cannot be seen or that reorder a line are written as escapes, such as
\eu202e; with
.B \-\-format json
as escapes of JSON.
.SH EXIT STATUS
0 done; 1 findings or problems, where the command is a check; 2 wrong usage or bad configuration; 3 could not do its
work.
.SH FILES
.TP
.I /etc/redshank/redshank.toml
the configuration of the service
.TP
.I /var/lib/redshank/redshank.db
its state: a SQLite database
.SH SEE ALSO
.BR systemctl (1),
.I /usr/share/doc/redshank/configuration.md
)";

// Text as troff takes it: a hyphen is a minus, and no line begins with a request.
std::string escaped(std::string_view text) {
    std::string out;
    for (const char c : text) {
        const bool is_first = out.empty() || out.back() == '\n';
        if (is_first && (c == '.' || c == '\'')) out += "\\&";
        if (c == '\\') {
            out += "\\e";
        } else if (c == '-') {
            out += "\\-";
        } else {
            out += c;
        }
    }
    return out;
}

std::string usage(const CommandNode& command) {
    std::string out = escaped(command.path);
    if (!command.commands.empty()) out += " COMMAND";
    for (const CommandOption& argument : command.arguments) {
        const std::string name = escaped(argument.placeholder) + (argument.is_repeated ? "..." : "");
        out += argument.is_required ? " " + name : " [" + name + "]";
    }
    return out;
}

std::string option_text(const CommandOption& option) {
    std::string names;
    for (const std::string& name : option.names) names += (names.empty() ? "" : ", ") + escaped(name);
    std::string out = ".TP\n";
    if (names.empty()) {
        out += fmt::format(".I \"{}\"\n", escaped(option.placeholder));
    } else if (option.placeholder.empty()) {
        out += fmt::format(".B \"{}\"\n", names);
    } else {
        out += fmt::format(".BI \"{} \" \"{}\"\n", names, escaped(option.placeholder));
    }
    return out + escaped(option.help) + (option.is_required && !names.empty() ? " (required)\n" : "\n");
}

std::string command_text(const CommandNode& command) {
    std::string out = fmt::format(".SS \"{}\"\n{}.\n", usage(command), escaped(command.about));
    for (const CommandOption& argument : command.arguments) out += option_text(argument);
    for (const CommandOption& option : command.options) {
        if (option.names.back() != "--help") out += option_text(option);
    }
    if (!command.example.empty()) out += ".PP\n.nf\n" + escaped(command.example) + "\n.fi\n";
    return out;
}

std::string manual(const CommandNode& root) {
    std::string out =
        fmt::format(".TH REDSHANK 8 \"\" \"redshank {}\" \"System administration\"\n{}", version(), kBegin);
    for (const CommandNode* command : all_commands(root)) {
        if (command != &root) out += command_text(*command);
    }
    return out + kEnd;
}

}  // namespace

void add_manual(CLI::App& app, Chosen& chosen) {
    auto* command = app.add_subcommand("manual", "Print the manual page");
    command->footer("Example: redshank manual | man -l -");
    command->callback([&app, &chosen] {
        chosen = [root = command_tree(app)] {
            std::fputs(manual(root).c_str(), stdout);
            return kDone;
        };
    });
}

}  // namespace redshank
