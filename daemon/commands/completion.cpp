#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cstdio>
#include <string>

#include "core/shell.h"
#include "daemon/commands/command_tree.h"
#include "daemon/commands/commands.h"
#include "daemon/commands/options.h"

namespace redshank {

namespace {

// Each script first walks over the words before the cursor to find the command ("redshank policy check"),
// then offers what the option before the cursor takes, or the command's commands and options.

// Short descriptions: one line.
std::string one_line(std::string_view text) {
    std::string out(text);
    for (char& c : out) {
        if (c == '\n') c = ' ';
    }
    return out;
}

// "'redshank policy'|'redshank policy check'": every command below the first.
std::string paths(const CommandNode& root) {
    std::vector<std::string> out;
    for (const CommandNode* command : all_commands(root)) {
        if (command != &root) out.push_back(in_shell_quotes(command->path));
    }
    return fmt::format("{}", fmt::join(out, "|"));
}

bool takes_files(const CommandNode& command) {
    for (const CommandOption& argument : command.arguments) {
        if (argument.value == CommandOption::Value::File) return true;
    }
    return false;
}

// A `case` of the path and the option before the cursor; `words` and `files` say how a shell offers them.
std::string value_cases(const CommandNode& root, const char* words, const char* files) {
    std::string out;
    for (const CommandNode* command : all_commands(root)) {
        for (const CommandOption& option : command->options) {
            if (option.value == CommandOption::Value::None) continue;
            std::vector<std::string> when;
            for (const std::string& name : option.names)
                when.push_back(in_shell_quotes(command->path + " " + name));
            std::string then;  // nothing that can be guessed
            if (!option.words.empty()) {
                then = fmt::format(fmt::runtime(words), fmt::join(option.words, " "));
            } else if (option.value == CommandOption::Value::File) {
                then = files;
            }
            out += fmt::format("        {}) {}return ;;\n", fmt::join(when, "|"),
                               then.empty() ? "" : then + "; ");
        }
    }
    return out;
}

// Commands below it, and what its arguments may be.
std::vector<std::string> words_after(const CommandNode& command) {
    std::vector<std::string> out;
    for (const CommandNode& child : command.commands) out.push_back(child.name);
    for (const CommandOption& argument : command.arguments)
        out.insert(out.end(), argument.words.begin(), argument.words.end());
    return out;
}

std::string bash(const CommandNode& root) {
    std::string offers;
    for (const CommandNode* command : all_commands(root)) {
        std::vector<std::string> options;
        for (const CommandOption& option : command->options)
            options.insert(options.end(), option.names.begin(), option.names.end());
        offers += fmt::format("        {}) offered='{}'; options='{}'; files={} ;;\n",
                              in_shell_quotes(command->path), fmt::join(words_after(*command), " "),
                              fmt::join(options, " "), takes_files(*command) ? 1 : 0);
    }
    return fmt::format(R"(# bash completion for redshank: redshank completion bash
_redshank_files() {{
    compopt -o filenames 2>/dev/null
    mapfile -t COMPREPLY < <(compgen -f -- "$1")
}}
_redshank() {{
    local current=${{COMP_WORDS[COMP_CWORD]}} before=${{COMP_WORDS[COMP_CWORD - 1]}} route=redshank word
    local offered= options= files=0
    COMPREPLY=()
    if [ "$current" = = ]; then
        current=
    elif [ "$before" = = ]; then
        before=${{COMP_WORDS[COMP_CWORD - 2]}}
    fi
    for word in "${{COMP_WORDS[@]:1:COMP_CWORD - 1}}"; do
        case "$route $word" in {0}) route="$route $word" ;; esac
    done
    case "$route $before" in
{1}    esac
    case $route in
{2}    esac
    if [ "${{current#-}}" != "$current" ]; then
        mapfile -t COMPREPLY < <(compgen -W "$options" -- "$current")
    elif [ "$files" = 1 ]; then
        _redshank_files "$current"
    else
        mapfile -t COMPREPLY < <(compgen -W "$offered" -- "$current")
    fi
}}
complete -F _redshank redshank
)",
                       paths(root),
                       value_cases(root, "mapfile -t COMPREPLY < <(compgen -W '{}' -- \"$current\")",
                                   "_redshank_files \"$current\""),
                       offers);
}

// "'check:whether the API server starts with it'" for _describe.
std::string described(std::string_view name, std::string_view about) {
    std::string text(name);
    for (size_t colon = 0; (colon = text.find(':', colon)) != text.npos; colon += 2)
        text.insert(colon, 1, '\\');
    return in_shell_quotes(text + ":" + one_line(about));
}

std::string zsh(const CommandNode& root) {
    std::string offers;
    for (const CommandNode* command : all_commands(root)) {
        std::vector<std::string> commands, options;
        for (const CommandNode& child : command->commands)
            commands.push_back(described(child.name, child.about));
        for (const CommandOption& argument : command->arguments) {
            for (const std::string& word : argument.words) commands.push_back(described(word, argument.help));
        }
        for (const CommandOption& option : command->options) {
            for (const std::string& name : option.names) options.push_back(described(name, option.help));
        }
        offers += fmt::format(
            "        {})\n            commands=({})\n            options=({})\n            files={} ;;\n",
            in_shell_quotes(command->path), fmt::join(commands, " "), fmt::join(options, " "),
            takes_files(*command) ? 1 : 0);
    }
    return fmt::format(R"(#compdef redshank
# zsh completion for redshank: redshank completion zsh
_redshank() {{
    local before=${{words[CURRENT - 1]}} route=redshank word files=0
    local -a commands options values
    for word in ${{words[2,CURRENT - 1]}}; do
        case "$route $word" in {0}) route="$route $word" ;; esac
    done
    if [[ ${{words[CURRENT]}} == --*=* ]]; then
        before=${{words[CURRENT]%%=*}}
        compset -P '*='
    fi
    case "$route $before" in
{1}    esac
    case $route in
{2}    esac
    if [[ ${{words[CURRENT]}} == -* ]]; then
        _describe -o 'option' options
        return
    fi
    (( ${{#commands}} )) && _describe 'command' commands
    (( files )) && _files
}}
if [ "$funcstack[1]" = _redshank ]; then
    _redshank "$@"
else
    compdef _redshank redshank
fi
)",
                       paths(root), value_cases(root, "values=({}); _describe 'value' values", "_files"),
                       offers);
}

std::string fish_option(const CommandNode& command, const CommandOption& option) {
    std::string out =
        fmt::format("complete -c redshank -n \"__redshank_at {}\"", in_shell_quotes(command.path));
    for (const std::string& name : option.names)
        out += name.starts_with("--") ? " -l " + name.substr(2) : " -s " + name.substr(1);
    if (!option.words.empty()) {
        out += fmt::format(" -x -a '{}'", fmt::join(option.words, " "));
    } else if (option.value != CommandOption::Value::None) {
        out += option.value == CommandOption::Value::File ? " -r -F" : " -x";
    }
    return out + " -d " + in_shell_quotes(one_line(option.help)) + "\n";
}

// fish reads \' inside quotes, and not '\''.
std::string for_fish(std::string text) {
    for (size_t at = 0; (at = text.find("'\\''", at)) != text.npos; at += 2) text.replace(at, 4, "\\'");
    return text;
}

std::string fish(const CommandNode& root) {
    std::string out = R"(# fish completion for redshank: redshank completion fish
function __redshank_at
    set -l route redshank
    for word in (commandline -opc)
        switch "$route $word"
            case )" + paths(root) +
                      R"(
                set route "$route $word"
        end
    end
    test "$route" = "$argv[1]"
end
complete -c redshank -f
)";
    for (size_t bar = 0; (bar = out.find("'|'", bar)) != out.npos;) out.replace(bar, 3, "' '");
    for (const CommandNode* command : all_commands(root)) {
        for (const CommandNode& child : command->commands) {
            out += fmt::format("complete -c redshank -n \"__redshank_at {}\" -a {} -d {}\n",
                               in_shell_quotes(command->path), child.name,
                               in_shell_quotes(one_line(child.about)));
        }
        for (const CommandOption& argument : command->arguments) {
            if (argument.words.empty()) continue;
            out += fmt::format("complete -c redshank -n \"__redshank_at {}\" -a '{}' -d {}\n",
                               in_shell_quotes(command->path), fmt::join(argument.words, " "),
                               in_shell_quotes(one_line(argument.help)));
        }
        if (takes_files(*command))
            out += fmt::format("complete -c redshank -n \"__redshank_at {}\" -F\n",
                               in_shell_quotes(command->path));
        for (const CommandOption& option : command->options) out += fish_option(*command, option);
    }
    return for_fish(std::move(out));
}

}  // namespace

void add_completion(CLI::App& app, Chosen& chosen) {
    auto* command = app.add_subcommand("completion", "Print a script that completes commands in a shell");
    command->footer(
        "Example: source <(redshank completion bash)\n"
        "Example: redshank completion fish > ~/.config/fish/completions/redshank.fish\n"
        "The Debian package brings all three.");
    auto shell = std::make_shared<std::string>();
    add_choice_option(*command, "SHELL", *shell, {"bash", "zsh", "fish"}, "which one");
    command->get_option("SHELL")->required();
    command->callback([&app, &chosen, shell] {
        chosen = [root = command_tree(app), shell] {
            const std::string script = *shell == "bash"  ? bash(root)
                                       : *shell == "zsh" ? zsh(root)
                                                         : fish(root);
            std::fputs(script.c_str(), stdout);
            return kDone;
        };
    });
}

}  // namespace redshank
