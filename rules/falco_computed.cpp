#include "rules/falco_computed.h"

#include <algorithm>
#include <optional>

namespace redshank::rules {

namespace {

using Text = std::string_view;
using Arguments = std::vector<FalcoArgument>;

void values_of(const FalcoArgument& argument, Context& context, Values& out) {
    if (argument.field.field.entry == nullptr) {
        out.push_back(Value::of(Text(argument.text)));
        return;
    }
    argument.field.field.values(context, out);
    apply(argument.field.transforms, context, out);
}

// A call needs the audit level of its arguments, and is secret when one of them is.
FieldEntry entry_of(Text name, const Arguments& arguments) {
    FieldEntry entry{.name = name,
                     .type = FieldType::Text,
                     .argument = Argument::None,
                     .needs = Needs::Metadata,
                     .is_secret = false,
                     .doc = ""};
    for (const FalcoArgument& one : arguments) {
        if (one.field.field.entry == nullptr) continue;
        entry.needs = std::max(entry.needs, one.field.field.entry->needs);
        entry.is_secret = entry.is_secret || one.field.field.entry->is_secret;
    }
    return entry;
}

// The first value of each argument, concatenated; no value when an argument has none.
struct Concat : Computed {
    Arguments arguments;

    explicit Concat(Arguments all) : Computed(entry_of("concat", all)), arguments(std::move(all)) {}
    void values(Context& context, Values& out) const override {
        std::string text;
        for (const FalcoArgument& one : arguments) {
            Values found;
            values_of(one, context, found);
            if (found.empty()) return;
            text += found.front().text;
        }
        out.push_back(Value::of(context.keep(text)));
    }
};

// Items in parentheses.
struct ListOf : Computed {
    Arguments items;

    explicit ListOf(Arguments all) : Computed(entry_of("list", all)), items(std::move(all)) {}
    void values(Context& context, Values& out) const override {
        Values found;
        for (const FalcoArgument& one : items) {
            Values some;
            values_of(one, context, some);
            if (some.empty()) return;
            found.insert(found.end(), some.begin(), some.end());
        }
        out.insert(out.end(), found.begin(), found.end());
    }
};

// The values of the second argument, separated by the first.
struct Join : Computed {
    Arguments arguments;

    explicit Join(Arguments all) : Computed(entry_of("join", all)), arguments(std::move(all)) {}
    void values(Context& context, Values& out) const override {
        Values between, items;
        values_of(arguments[0], context, between);
        values_of(arguments[1], context, items);
        if (between.empty() || items.empty()) return;
        std::string text;
        for (size_t i = 0; i < items.size(); ++i) {
            if (i > 0) text += between.front().text;
            text += items[i].text;
        }
        out.push_back(Value::of(context.keep(text)));
    }
};

// The options of a command line as getopt(3) parses them: each letter, and the argument of one that takes an
// argument.
struct Getopt : Computed {
    Arguments arguments;
    std::optional<char> selected;  // the value is the argument of the last option with this letter

    Getopt(Arguments all, const std::string& selector)
        : Computed(entry_of("getopt", all)), arguments(std::move(all)) {
        if (!selector.empty()) selected = selector.front();
    }

    void values(Context& context, Values& out) const override {
        Values words, options;
        values_of(arguments[1], context, options);
        if (options.empty()) return;
        const Text known = options.front().text;
        values_of(arguments[0], context, words);
        std::vector<std::string> found;
        for (size_t at = 0; at < words.size(); ++at) {
            const Text word = words[at].text;
            if (word.size() > 2 && word.starts_with("--")) continue;  // a long option
            if (word == "--" || word.size() < 2 || word.front() != '-') break;
            read_cluster(words, at, known, found);
        }
        for (const std::string& one : found) out.push_back(Value::of(context.keep(one)));
    }

  private:
    // Reads -abVALUE, or -ab with VALUE in the next word.
    void read_cluster(const Values& words, size_t& at, Text known, std::vector<std::string>& found) const {
        const Text word = words[at].text;
        for (size_t i = 1; i < word.size(); ++i) {
            const size_t option = word[i] == ':' ? known.npos : known.find(word[i]);
            if (option == known.npos) {
                if (!selected) found.emplace_back("?");
                continue;
            }
            const bool takes = option + 1 < known.size() && known[option + 1] == ':';
            if (!takes) {
                add(word[i], std::nullopt, found);
                continue;
            }
            if (i + 1 < word.size()) {
                add(word[i], word.substr(i + 1), found);
            } else if (at + 1 < words.size()) {
                add(word[i], words[++at].text, found);
            } else if (!selected || *selected == word[i]) {
                if (selected) found.clear();
                found.emplace_back();  // the argument is missing
            }
            return;
        }
    }

    void add(char letter, std::optional<Text> value, std::vector<std::string>& found) const {
        if (!selected) {
            found.emplace_back(1, letter);
            if (value) found.emplace_back(*value);
        } else if (*selected == letter) {
            found = {value ? std::string(*value) : std::string(1, letter)};
        }
    }
};

bool is_text(const FalcoArgument& argument) {
    return !argument.field.is_list && !argument.field.is_number;
}

}  // namespace

bool is_falco_computed(Text name) {
    return name == "concat" || name == "join" || name == "getopt";
}

FalcoArgument make_falco_list(std::vector<FalcoArgument> items) {
    const std::shared_ptr<const Computed> made = std::make_shared<const ListOf>(std::move(items));
    FalcoArgument out;
    out.field.is_list = true;
    out.field.field = {.entry = &made->entry, .path = {}, .computed = made};
    return out;
}

bool make_falco_computed(Text name, std::vector<FalcoArgument> arguments, const std::string& selector,
                         FalcoField& out, std::string& problem) {
    const bool takes_list = name != "concat";
    const size_t list_at = name == "join" ? 1 : 0;
    bool fits = takes_list ? arguments.size() == 2 : arguments.size() >= 2;
    for (size_t i = 0; fits && i < arguments.size(); ++i)
        fits = takes_list && i == list_at ? arguments[i].field.is_list : is_text(arguments[i]);
    if (!fits) {
        problem = name == "concat" ? "concat takes two or more texts"
                  : name == "join" ? "join takes a text and a list"
                                   : "getopt takes a list and a text";
        return false;
    }
    if (!selector.empty() && (name != "getopt" || selector.size() != 1)) {
        problem = name == "getopt" ? "the argument of getopt is one letter"
                                   : std::string(name) + " takes no argument in brackets";
        return false;
    }
    std::shared_ptr<const Computed> made;
    if (name == "concat")
        made = std::make_shared<const Concat>(std::move(arguments));
    else if (name == "join")
        made = std::make_shared<const Join>(std::move(arguments));
    else
        made = std::make_shared<const Getopt>(std::move(arguments), selector);
    out = FalcoField{};
    out.is_list = name == "getopt" && selector.empty();
    out.field = {.entry = &made->entry, .path = {}, .computed = made};
    return true;
}

}  // namespace redshank::rules
