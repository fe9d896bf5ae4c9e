// The commands with their options, read from what CLI11 was told: completion scripts and the manual page are
// printed from it, so that they know every command.
#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

namespace redshank {

struct CommandOption {
    enum class Value { None, Word, File };  // Word: something that no shell can guess

    std::vector<std::string> names;  // "--format", "-h"; empty for an argument without a name
    std::string placeholder;         // "text|json", "FILE"; empty for a flag
    std::vector<std::string> words;  // all that it takes; empty when it takes other values too
    std::string help;
    Value value = Value::None;
    bool is_required = false, is_repeated = false;
};

struct CommandNode {
    std::string path;  // "redshank policy check"
    std::string name;  // "check"
    std::string about, example;
    std::vector<CommandOption> options, arguments;
    std::vector<CommandNode> commands;
};

CommandNode command_tree(const CLI::App& app);

// `node` and all below it, each before its own commands. They live as long as `node`.
std::vector<const CommandNode*> all_commands(const CommandNode& node);

}  // namespace redshank
