#include <algorithm>
#include <set>

#include "core/finding/text.h"
#include "rules/falco_definitions.h"
#include "rules/falco_text.h"
#include "rules/yaml_file.h"
#include "rules/yaml_loaders.h"

namespace redshank::rules {

namespace {

using Names = std::vector<std::string_view>;

// The newest version of Falco's engine whose rules language is supported.
constexpr int kEngineVersion = 63;

constexpr std::pair<std::string_view, Severity> kPriorities[] = {
    {"EMERGENCY", Severity::Critical}, {"ALERT", Severity::Critical}, {"CRITICAL", Severity::Critical},
    {"ERROR", Severity::High},         {"WARNING", Severity::Medium}, {"NOTICE", Severity::Low},
    {"INFORMATIONAL", Severity::Info}, {"INFO", Severity::Info},      {"DEBUG", Severity::Info}};

// How an item of a file changes an earlier item of the same name.
class Changes {
  public:
    Changes(const YamlFile& file, const YAML::Node& node, const Names& append_keys,
            const Names& replace_keys) {
        append_all_ = file.boolean(node, "append", false);
        const YAML::Node override = node["override"];
        if (!override) return;
        if (append_all_) file.fail(override, "append and override cannot both be given");
        if (!override.IsMap()) file.fail(override, "override is a table of key: append or key: replace");
        any_ = true;
        for (const auto& entry : override) {
            const std::string key = entry.first.as<std::string>(""), how = entry.second.as<std::string>("");
            const Names& allowed = how == "append" ? append_keys : replace_keys;
            if (how != "append" && how != "replace") file.fail(entry.second, "override is append or replace");
            if (std::find(allowed.begin(), allowed.end(), key) == allowed.end()) {
                file.fail(entry.first,
                          key + " cannot be given to override: " + how + did_you_mean(key, allowed));
            }
            if (!node[key]) file.fail(entry.first, "override names " + key + ", which is not given");
            (how == "append" ? appended_ : replaced_).insert(key);
        }
        for (const auto& entry : node) {
            const std::string key = entry.first.as<std::string>("");
            const bool is_known =
                std::find(replace_keys.begin(), replace_keys.end(), key) != replace_keys.end();
            if (is_known && !appended_.contains(key) && !replaced_.contains(key)) {
                file.fail(entry.first, key + " is given, but override does not say how to take it");
            }
        }
    }

    bool any() const { return any_ || append_all_; }
    bool append_all() const { return append_all_; }
    bool appends(const std::string& key) const { return append_all_ || appended_.contains(key); }

  private:
    bool any_ = false, append_all_ = false;
    std::set<std::string> appended_, replaced_;
};

FalcoExceptionValue exception_value(const YamlFile& file, const YAML::Node& node) {
    if (node.IsScalar()) return {false, {node.Scalar()}};
    if (!node.IsSequence()) file.fail(node, "a value is a text or a list of texts");
    FalcoExceptionValue out{true, {}};
    for (const YAML::Node& item : node) {
        if (!item.IsScalar()) file.fail(item, "a value is a text or a list of texts");
        out.texts.push_back(item.Scalar());
    }
    return out;
}

class FalcoLoader : public YamlLoader {
  public:
    void add(std::string_view text, const std::string& name) override;
    std::vector<RulePtr> finish(std::vector<std::string>& warnings) const override {
        warnings.insert(warnings.end(), warnings_.begin(), warnings_.end());
        return compile_falco(definitions_, warnings);
    }

  private:
    void item(const YamlFile& file, const YAML::Node& node);
    void list(const YamlFile& file, const YAML::Node& node);
    void macro(const YamlFile& file, const YAML::Node& node);
    void rule(const YamlFile& file, const YAML::Node& node);
    bool is_foreign(const YamlFile& file, const YAML::Node& node, const std::string& name);
    static void engine_version(const YamlFile& file, const YAML::Node& node);
    void plugin_versions(const YamlFile& file, const YAML::Node& node);
    void exceptions(const YamlFile& file, const YAML::Node& node, FalcoRule& rule, bool append);
    void warn(const YamlFile& file, const YAML::Node& node, const std::string& what) {
        warnings_.push_back(file.place(node).to_string() + ": " + what);
    }
    // Unknown keys are skipped with a warning, as in Falco.
    void check_keys(const YamlFile& file, const YAML::Node& map, const Names& known);

    FalcoDefinitions definitions_;
    std::set<std::string> foreign_;  // rules of other sources, by name
    std::vector<std::string> warnings_;
};

void FalcoLoader::check_keys(const YamlFile& file, const YAML::Node& map, const Names& known) {
    for (const auto& entry : map) {
        if (!entry.first.IsScalar()) file.fail(entry.first, "a key is a text");
        const std::string& key = entry.first.Scalar();
        if (std::find(known.begin(), known.end(), key) == known.end())
            warn(file, entry.first, "unknown key " + key + did_you_mean(key, known) + ", passed over");
    }
}

void FalcoLoader::item(const YamlFile& file, const YAML::Node& node) {
    if (!node.IsMap()) file.fail(node, "each item is a table with rule, macro, list or required_…");
    if (node["rule"]) return rule(file, node);
    if (node["macro"]) return macro(file, node);
    if (node["list"]) return list(file, node);
    if (node["required_engine_version"]) return engine_version(file, node["required_engine_version"]);
    if (node["required_plugin_versions"]) return plugin_versions(file, node["required_plugin_versions"]);
    const std::string key = node.begin() == node.end() ? "" : node.begin()->first.as<std::string>("");
    file.fail(node, "unknown item " + key +
                        did_you_mean(key, {"rule", "macro", "list", "required_engine_version",
                                           "required_plugin_versions"}));
}

// Reads "15" or "0.50.0".
void FalcoLoader::engine_version(const YamlFile& file, const YAML::Node& node) {
    const std::string text = node.as<std::string>("");
    int part = 0, parts[3] = {0, 0, 0};
    for (const char c : text) {
        if (c == '.' && part < 2) {
            ++part;
        } else if (c >= '0' && c <= '9' && parts[part] < 100'000) {
            parts[part] = parts[part] * 10 + (c - '0');
        } else {
            file.fail(node, "required_engine_version is a number or like 0.50.0");
        }
    }
    const int wanted = part == 0 ? parts[0] : parts[0] > 0 ? kEngineVersion + 1 : parts[1];
    if (text.empty() || wanted > kEngineVersion) {
        file.fail(node, "needs Falco's engine " + text + "; the language is covered up to " +
                            std::to_string(kEngineVersion));
    }
}

void FalcoLoader::plugin_versions(const YamlFile& file, const YAML::Node& node) {
    if (!node.IsSequence()) file.fail(node, "required_plugin_versions is a list");
    const auto stands_in = [](const std::string& name) {
        return name == "json" || name.starts_with("k8saudit");
    };
    for (const YAML::Node& plugin : node) {
        if (!plugin.IsMap()) file.fail(plugin, "a plugin has name and version");
        bool ok = stands_in(file.required(plugin, "name"));
        file.required(plugin, "version");
        if (plugin["alternatives"]) {
            for (const YAML::Node& other : plugin["alternatives"])
                ok = ok || stands_in(file.required(other, "name"));
        }
        if (!ok) {
            warn(file, plugin,
                 "the plugin " + file.text(plugin, "name") +
                     " is not covered, only k8saudit and json are: its rules are passed over");
        }
    }
}

void FalcoLoader::list(const YamlFile& file, const YAML::Node& node) {
    check_keys(file, node, {"list", "items", "append", "override"});
    const Changes changes(file, node, {"items"}, {"items"});
    const std::string name = file.required(node, "list");
    if (!node["items"]) file.fail(node, "the list " + name + " needs items");
    std::vector<std::string> items = file.texts(node, "items");
    const auto known = definitions_.lists.find(name);
    if (changes.appends("items")) {
        if (known == definitions_.lists.end()) file.fail(node, "there is no list " + name + " to append to");
        known->second.items.insert(known->second.items.end(), items.begin(), items.end());
    } else {
        definitions_.lists[name] = {file.place(node), std::move(items)};
    }
}

void FalcoLoader::macro(const YamlFile& file, const YAML::Node& node) {
    check_keys(file, node, {"macro", "condition", "append", "override"});
    const Changes changes(file, node, {"condition"}, {"condition"});
    const std::string name = file.required(node, "macro"), condition = file.required(node, "condition");
    const auto known = definitions_.macros.find(name);
    if (changes.appends("condition")) {
        if (known == definitions_.macros.end())
            file.fail(node, "there is no macro " + name + " to append to");
        known->second.condition += " " + condition;
    } else {
        definitions_.macros[name] = {file.place(node["condition"]), condition};
    }
}

// Whether this is a rule of another source, or a change to such a rule.
bool FalcoLoader::is_foreign(const YamlFile& file, const YAML::Node& node, const std::string& name) {
    const bool is_whole = node["condition"] && node["output"] && node["priority"] && !node["override"] &&
                          !file.boolean(node, "append", false);
    if (!is_whole) return foreign_.contains(name);
    const std::string source = node["source"] ? file.text(node, "source") : "syscall";
    if (source == "k8s_audit") {
        foreign_.erase(name);
        return false;
    }
    foreign_.insert(name);
    warn(file, node,
         "the rule " + name + " is for source " + source + ", passed over: only k8s_audit is read here");
    return true;
}

void FalcoLoader::rule(const YamlFile& file, const YAML::Node& node) {
    check_keys(file, node,
               {"rule", "desc", "condition", "output", "priority", "source", "enabled", "tags", "exceptions",
                "append", "override", "warn_evttypes", "skip-if-unknown-filter", "capture",
                "capture_duration", "examples"});
    const Changes changes(file, node, {"condition", "output", "desc", "tags", "exceptions"},
                          {"condition", "output", "desc", "priority", "tags", "exceptions", "enabled",
                           "warn_evttypes", "skip-if-unknown-filter", "capture", "capture_duration"});
    const std::string name = file.required(node, "rule");
    if (is_foreign(file, node, name)) return;
    const auto known = definitions_.rules.find(name);
    const bool only_switch = node["enabled"] && !node["condition"] && !node["output"] && !changes.any();
    if ((changes.any() || only_switch) && known == definitions_.rules.end()) {
        file.fail(node, "there is no rule " + name + " to change");
    }
    if (only_switch) {
        known->second.enabled = file.boolean(node, "enabled", true);
        return;
    }
    FalcoRule fresh;
    FalcoRule& def = changes.any() ? known->second : fresh;
    const auto take = [&](const char* key, std::string& out) {
        if (!node[key]) return;
        if (changes.appends(key)) {
            out += " " + file.text(node, key);
        } else {
            out = file.text(node, key);
        }
    };
    if (!changes.any()) {
        for (const char* key : {"condition", "output", "desc", "priority"}) file.required(node, key);
        def.name = name;
        def.place = file.place(node);
    }
    take("condition", def.condition);
    if (changes.append_all()) {  // Falco ignores all other keys here
        if (node["exceptions"]) exceptions(file, node["exceptions"], def, true);
        return;
    }
    take("output", def.output);
    take("desc", def.desc);
    if (node["priority"]) {
        const std::string priority = upper(file.text(node, "priority"));
        Names words;
        for (const auto& [word, severity] : kPriorities) {
            words.push_back(word);
            if (word == priority) def.severity = severity;
        }
        if (std::find(words.begin(), words.end(), priority) == words.end()) {
            file.fail(node["priority"], "unknown priority " + priority + did_you_mean(priority, words));
        }
    }
    if (node["tags"]) {
        const auto tags = file.texts(node, "tags");
        if (!changes.appends("tags")) def.tags.clear();
        def.tags.insert(def.tags.end(), tags.begin(), tags.end());
    }
    def.enabled = file.boolean(node, "enabled", def.enabled);
    def.skip_unknown = file.boolean(node, "skip-if-unknown-filter", def.skip_unknown);
    if (node["exceptions"]) exceptions(file, node["exceptions"], def, changes.appends("exceptions"));
    if (!changes.any()) {
        if (known == definitions_.rules.end()) definitions_.order.push_back(name);
        definitions_.rules[name] = std::move(def);
    }
}

void FalcoLoader::exceptions(const YamlFile& file, const YAML::Node& node, FalcoRule& rule, bool append) {
    if (!append) rule.exceptions.clear();
    if (node.IsNull()) return;
    if (!node.IsSequence()) file.fail(node, "exceptions is a list");
    std::set<std::string> names;
    for (const YAML::Node& one : node) {
        if (!one.IsMap()) file.fail(one, "an exception is a table");
        check_keys(file, one, {"name", "fields", "comps", "values"});
        const std::string name = file.required(one, "name");
        if (!names.insert(name).second) {
            warn(file, one, "another exception is called " + name + ", passed over");
            continue;
        }
        auto def = std::find_if(rule.exceptions.begin(), rule.exceptions.end(),
                                [&](const FalcoException& other) { return other.name == name; });
        if (def == rule.exceptions.end()) {
            FalcoException fresh{.place = file.place(one), .name = name};
            fresh.fields = file.texts(one, "fields");
            if (fresh.fields.empty()) file.fail(one, "the exception " + name + " needs fields");
            fresh.single = one["fields"].IsScalar();
            fresh.comps = file.texts(one, "comps");
            if (fresh.comps.empty()) fresh.comps.assign(fresh.fields.size(), fresh.single ? "in" : "=");
            if (fresh.comps.size() != fresh.fields.size())
                file.fail(one, "fields and comps differ in number");
            const std::string& comp = fresh.comps[0];
            if (fresh.single && !is_falco_set_operator(comp))
                file.fail(one,
                          "with one field, comps is in, intersects, pmatch, or an operator with oneof, anyof "
                          "or allof");
            rule.exceptions.push_back(std::move(fresh));
            def = rule.exceptions.end() - 1;
        } else if (append && (one["fields"] || one["comps"])) {
            if (file.texts(one, "fields") != def->fields)
                file.fail(one, "the fields of " + name + " are other ones");
        }
        const YAML::Node values = one["values"];
        if (!values || values.IsNull()) continue;
        if (!values.IsSequence()) file.fail(values, "values is a list");
        for (const YAML::Node& row : values) {
            std::vector<FalcoExceptionValue> made;
            if (def->single) {
                if (!row.IsScalar()) file.fail(row, "with one field, each of values is a text");
                made.push_back({false, {row.Scalar()}});
            } else {
                if (!row.IsSequence() || row.size() != def->fields.size()) {
                    file.fail(row, "each of values has as many items as there are fields");
                }
                for (const YAML::Node& value : row) made.push_back(exception_value(file, value));
            }
            def->values.push_back(std::move(made));
        }
    }
}

void FalcoLoader::add(std::string_view text, const std::string& name) {
    const YamlFile file(name);
    for (const YAML::Node& document : file.parse(text)) {
        if (document.IsNull()) continue;
        if (!document.IsSequence()) file.fail(document, "a Falco rules file is a list of items");
        for (const YAML::Node& item : document) {
            if (!item.IsNull()) this->item(file, item);
        }
    }
}

}  // namespace

std::unique_ptr<YamlLoader> make_falco_loader() {
    return std::make_unique<FalcoLoader>();
}

}  // namespace redshank::rules
