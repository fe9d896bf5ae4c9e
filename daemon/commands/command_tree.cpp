#include "daemon/commands/command_tree.h"

#include <algorithm>
#include <set>
#include <string_view>

namespace redshank {

namespace {

// "text|json" as {"text", "json"}; nothing when a part is no word in lower case: it stands for others.
std::vector<std::string> words_of(std::string_view text) {
    std::vector<std::string> out;
    if (text.find('|') == text.npos) return out;
    for (size_t begin = 0; begin <= text.size();) {
        const size_t end = std::min(text.find('|', begin), text.size());
        const std::string_view word = text.substr(begin, end - begin);
        const bool is_word =
            !word.empty() && word.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_-") == word.npos;
        if (!is_word) return {};
        out.emplace_back(word);
        begin = end + 1;
    }
    return out;
}

bool takes_file(const std::vector<std::string>& names) {
    static const std::set<std::string> known{"--config",   "--state", "--stats",  "--seed-rbac",
                                             "--manifest", "--root",  "--compare"};
    return std::any_of(names.begin(), names.end(),
                       [](const std::string& name) { return known.contains(name); });
}

// What else arguments are: ids and conditions.
bool is_file_word(std::string_view placeholder) {
    return placeholder.starts_with("FILE") || placeholder.starts_with("LOG") ||
           placeholder.ends_with(".json");
}

CommandOption read(const CLI::Option& option) {
    CommandOption out;
    for (const std::string& name : option.get_snames()) out.names.push_back("-" + name);
    for (const std::string& name : option.get_lnames()) out.names.push_back("--" + name);
    out.help = option.get_description();
    out.is_required = option.get_required();
    out.is_repeated = option.get_items_expected_max() > 1;
    if (option.get_items_expected_max() == 0) return out;
    const std::string& text = option.get_option_text();
    const bool is_number = !option.get_type_name().starts_with("TEXT");
    out.words = words_of(text);
    if (option.get_positional()) {
        out.placeholder = option.get_single_name();
    } else if (!text.empty()) {
        out.placeholder = text;
    } else {
        out.placeholder = takes_file(out.names) ? "FILE" : is_number ? "NUMBER" : "TEXT";
    }
    const bool is_file = is_file_word(out.placeholder);
    out.value = is_file ? CommandOption::Value::File : CommandOption::Value::Word;
    return out;
}

void read(const CLI::App& app, CommandNode& node) {
    node.name = app.get_name();
    node.about = app.get_description();
    node.example = app.get_footer();
    for (const CLI::Option* option : app.get_options()) {
        if (option->get_group().empty()) continue;  // hidden
        (option->get_positional() ? node.arguments : node.options).push_back(read(*option));
    }
    for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; })) {
        CommandNode& child = node.commands.emplace_back();
        child.path = node.path + " " + command->get_name();
        read(*command, child);
    }
}

void collect(const CommandNode& node, std::vector<const CommandNode*>& into) {
    into.push_back(&node);
    for (const CommandNode& command : node.commands) collect(command, into);
}

}  // namespace

CommandNode command_tree(const CLI::App& app) {
    CommandNode out;
    out.path = app.get_name();
    read(app, out);
    return out;
}

std::vector<const CommandNode*> all_commands(const CommandNode& node) {
    std::vector<const CommandNode*> out;
    collect(node, out);
    return out;
}

}  // namespace redshank
