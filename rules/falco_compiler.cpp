#include <algorithm>
#include <set>

#include "rules/condition_parser.h"
#include "rules/falco_condition.h"
#include "rules/falco_definitions.h"
#include "rules/falco_text.h"

namespace redshank::rules {

namespace {

using Names = std::vector<std::string_view>;

constexpr size_t kMaxListItems = 100'000;

// Compiles the definitions of all files; macros and lists are compiled when a rule first uses them.
class Compiler {
  public:
    Compiler(const FalcoDefinitions& from, std::vector<std::string>& warnings) : from_(from) {
        names_.warn = [this, &warnings](const std::string& what) {
            std::string text = place_.to_string() + ": " + what;
            if (std::find(warnings.begin(), warnings.end(), text) == warnings.end())
                warnings.push_back(std::move(text));
        };
        names_.macro = [this](std::string_view name, size_t at) { return macro(name, at); };
        names_.list = [this](std::string_view name) { return list(name); };
    }

    RulePtr rule(const FalcoRule& def) {
        place_ = def.place;
        auto out = std::make_shared<Rule>();
        out->id = out->title = def.name;
        out->dialect = "falco";
        out->description = def.desc;
        out->severity = def.severity;
        out->place = {def.place.file, def.place.line};
        out->every_stage = true;
        out->missing = "<NA>";
        out->about = {{find_field("user.username"), {}}, {find_field("objectRef.namespace"), {}}};
        for (const std::string& tag : def.tags) {
            if (tag.size() >= 5 && tag[0] == 'T' && tag.find_first_not_of("0123456789.", 1) == tag.npos) {
                out->mitre.push_back(tag);
            }
        }
        try {
            out->condition = parse_falco_condition(def.condition, names_);
            for (const FalcoException& exception : def.exceptions) {
                const std::string text = excepted(exception);
                if (text.empty()) continue;
                try {
                    out->condition = both(out->condition, negate(parse_falco_condition(text, names_)));
                } catch (const ConditionError& error) {
                    throw RuleError(exception.place, "exception " + exception.name + ": " + error.what());
                }
            }
        } catch (const ConditionError& error) {
            if (def.skip_unknown && std::string_view(error.what()).starts_with("unknown field"))
                return nullptr;
            throw RuleError(def.place, "rule " + def.name + ": condition, character " +
                                           std::to_string(error.at + 1) + ": " + error.what());
        }
        try {
            std::string_view output = def.output;
            if (output.starts_with('*')) output.remove_prefix(1);
            while (output.ends_with('\n') || output.ends_with(' ')) output.remove_suffix(1);
            out->summary = parse_falco_output(output);
        } catch (const ConditionError& error) {
            throw RuleError(def.place, "rule " + def.name + ": output: " + error.what());
        }
        out->level = needs_of(*out->condition);
        return out;
    }

    // Compiles every macro and list, used or not, so that each mistake in a file is reported. Unknown fields
    // in a macro that no rule here uses are accepted: they may be fields of another source.
    void check_all() {
        for (const auto& [name, def] : from_.lists) list(name);
        for (const auto& [name, def] : from_.macros) {
            place_ = def.place;
            try {
                macro(name, 0);
            } catch (const ConditionError& error) {
                const std::string_view what = error.what();
                if (what.find("unknown field") == what.npos) throw RuleError(def.place, error.what());
            }
        }
    }

  private:
    ConditionPtr macro(std::string_view name, size_t at) {
        const auto compiled = macros_.find(name);
        if (compiled != macros_.end()) return compiled->second;
        const auto def = from_.macros.find(name);
        if (def == from_.macros.end()) {
            Names known;
            for (const auto& [key, value] : from_.macros) known.push_back(key);
            throw ConditionError(at, "there is no macro " + std::string(name) + did_you_mean(name, known));
        }
        if (!open_.insert(std::string(name)).second || open_.size() > 100) {
            throw ConditionError(at, "the macro " + std::string(name) + " uses itself");
        }
        ConditionPtr made;
        try {
            made = parse_falco_condition(def->second.condition, names_);
        } catch (const ConditionError& error) {
            open_.erase(std::string(name));
            throw ConditionError(at, "macro " + std::string(name) + " (" + def->second.place.to_string() +
                                         "), character " + std::to_string(error.at + 1) + ": " +
                                         error.what());
        }
        open_.erase(std::string(name));
        return macros_[std::string(name)] = std::move(made);
    }

    const std::vector<std::string>* list(std::string_view name) {
        const auto compiled = lists_.find(name);
        if (compiled != lists_.end()) return &compiled->second;
        const auto def = from_.lists.find(name);
        if (def == from_.lists.end()) return nullptr;
        // Falco expands a list only with lists above it. Its own name inside itself is therefore a text, and
        // so is the name of a list that leads back to it.
        if (open_lists_.contains(std::string(name))) return nullptr;
        if (open_lists_.size() > 100)
            throw RuleError(def->second.place, "the list " + std::string(name) + " nests too deeply");
        open_lists_.insert(std::string(name));
        std::vector<std::string> items;
        for (const std::string& item : def->second.items) {
            if (const auto* inner = list(item)) {
                items.insert(items.end(), inner->begin(), inner->end());
            } else {
                for (std::string& value : falco_list_item(item)) items.push_back(std::move(value));
            }
            if (items.size() > kMaxListItems) {
                throw RuleError(def->second.place, "the list " + std::string(name) + " is too long");
            }
        }
        open_lists_.erase(std::string(name));
        return &(lists_[std::string(name)] = std::move(items));
    }

    // The exception as the text of a condition, in the way in which Falco builds it.
    static std::string excepted(const FalcoException& def) {
        const auto set = [](const std::vector<std::string>& values) {
            std::string out = "(";
            for (const std::string& value : values) out += (out.size() > 1 ? ", " : "") + falco_pasted(value);
            return out + ")";
        };
        if (def.single) {
            std::vector<std::string> all;
            for (const auto& row : def.values) all.push_back(row[0].texts[0]);
            return all.empty() ? "" : def.fields[0] + " " + def.comps[0] + " " + set(all);
        }
        std::string any;
        for (const auto& row : def.values) {
            any += any.empty() ? "(" : " or (";
            for (size_t i = 0; i < def.fields.size(); ++i) {
                const FalcoExceptionValue& value = row[i];
                const bool of_set = is_falco_set_operator(def.comps[i]);
                std::string text = falco_pasted(value.texts.empty() ? "" : value.texts[0]);
                if (value.is_list) {
                    text = set(value.texts);
                } else if (of_set && !value.texts[0].starts_with('(')) {
                    text = "(" + value.texts[0] + ")";
                }
                any += (i > 0 ? " and " : "") + def.fields[i] + " " + def.comps[i] + " " + text;
            }
            any += ")";
        }
        return any;
    }

    const FalcoDefinitions& from_;
    FalcoNames names_;
    std::map<std::string, ConditionPtr, std::less<>> macros_;
    std::map<std::string, std::vector<std::string>, std::less<>> lists_;
    std::set<std::string> open_, open_lists_;
    Place place_;  // of the definition that is being compiled
};

}  // namespace

std::vector<RulePtr> compile_falco(const FalcoDefinitions& definitions, std::vector<std::string>& warnings) {
    Compiler compiler(definitions, warnings);
    compiler.check_all();
    std::vector<RulePtr> out;
    for (const std::string& name : definitions.order) {
        const FalcoRule& def = definitions.rules.at(name);
        const RulePtr made = compiler.rule(def);
        if (made != nullptr && def.enabled) out.push_back(made);
    }
    return out;
}

}  // namespace redshank::rules
