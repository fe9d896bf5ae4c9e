#include "audit/policy/decode.h"

#include <fmt/format.h>

#include <algorithm>

#include "audit/nearest.h"

namespace redshank::audit::policy {

namespace {

using Kind = Node::Kind;
using Known = std::vector<std::string_view>;

const Known kPolicyKeys{"apiVersion", "kind", "metadata", "omitManagedFields", "omitStages", "rules"};
const Known kRuleKeys{"level",           "users",      "userGroups",       "verbs", "resources", "namespaces",
                      "nonResourceURLs", "omitStages", "omitManagedFields"};
const Known kResourceKeys{"group", "resources", "resourceNames"};
const Known kMetadataKeys{"name",       "generateName",      "namespace",    "selfLink",
                          "uid",        "resourceVersion",   "generation",   "creationTimestamp",
                          "labels",     "deletionTimestamp", "annotations",  "deletionGracePeriodSeconds",
                          "finalizers", "ownerReferences",   "managedFields"};

bool is_selector(std::string_view key) {
    return key != "level" && key != "omitStages" && key != "omitManagedFields";
}

class Decoder {
  public:
    Decoder(bool is_json, int kubernetes) : is_json_(is_json) { out_.policy.kubernetes = kubernetes; }

    Decoded take(const Node& root) {
        each_field(root, "", kPolicyKeys, [&](const Entry& field, const std::string& path) {
            Policy& policy = out_.policy;
            const std::string& key = field.key.value;
            if (key == "metadata") metadata(*field.value);
            if (key == "omitManagedFields") policy.omit_managed_fields = boolean(field, "Policy", path);
            if (key == "omitStages")
                stages(field, "Policy", path, policy.omit_stage_words, policy.omit_stages);
            if (key == "rules") rules(field, path);
        });
        return std::move(out_);
    }

  private:
    // Calls `use` once for each known field; of equal keys the last one counts.
    template <typename Use>
    void each_field(const Node& map, const std::string& path, const Known& known, Use use) {
        std::vector<const Entry*> fields;
        for (const Entry& entry : map.entries) {
            const auto same = [&](const Entry* one) { return one->key.value == entry.key.value; };
            const auto at = std::find_if(fields.begin(), fields.end(), same);
            if (at == fields.end()) {
                fields.push_back(&entry);
            } else {
                doubled(entry, path);
                *at = &entry;
            }
        }
        if (!is_json_) {
            std::sort(fields.begin(), fields.end(),
                      [](const Entry* a, const Entry* b) { return a->key.value < b->key.value; });
        }
        for (const Entry* field : fields) {
            const std::string& key = field->key.value;
            const std::string inner = path.empty() ? key : path + "." + key;
            if (std::find(known.begin(), known.end(), key) == known.end()) {
                unknown(*field, inner, known);
            } else {
                use(*field, inner);
            }
        }
    }

    void unknown(const Entry& field, const std::string& path, const Known& known) {
        const std::string& key = field.key.value;
        std::string near = nearest_name(key, known);
        // Look for the key among those of other places, or with other case.
        for (const Known* others : {&known, &kPolicyKeys, &kRuleKeys, &kResourceKeys}) {
            for (const std::string_view other : *others) {
                if (near.empty() && others != &known && other == key) near = other;
            }
        }
        std::string text = fmt::format("unknown key {}", key);
        if (std::find(known.begin(), known.end(), near) != known.end()) {
            text += fmt::format("; did you mean {}?", near);
        } else if (!near.empty()) {
            text += fmt::format(", which does not belong here");
        }
        text += " The server leaves it out";
        if (&known == &kRuleKeys || &known == &kResourceKeys) {
            text += near.empty() || is_selector(near) ? ", so the rule matches more than it seems to." : ".";
        } else {
            text += ".";
        }
        out_.unknown.push_back(
            {field.key.place, Severity::Warning, text, fmt::format("unknown field \"{}\"", path)});
    }

    void doubled(const Entry& field, const std::string& path) {
        const std::string& key = field.key.value;
        out_.doubled.push_back(
            {field.key.place, Severity::Warning,
             fmt::format("{} stands here twice; the last one counts.", key),
             is_json_ ? fmt::format("duplicate field \"{}\"", path.empty() ? key : path + "." + key)
                      : fmt::format("line {}: key \"{}\" already set in map", field.value->place.line, key)});
    }

    void wrong_type(const Node& node, std::string_view of, const std::string& path, std::string_view type) {
        if (out_.wrong_type) return;
        std::string text;
        if (type == "string" || type.ends_with(".Level") || type.ends_with(".Stage")) {
            text = fmt::format("{} must be a text; write it in quotes: \"{}\".", path, node.text);
            if (!node.items.empty() || !node.entries.empty()) text = fmt::format("{} must be a text.", path);
        } else if (type == "bool") {
            text = fmt::format("{} is true or false.", path);
        } else if (type.starts_with("[]") && node.kind == Kind::String) {
            text = fmt::format("{} is a list; write [\"{}\"].", path, node.text);
        } else {
            text = fmt::format("{} is a {}.", path, type.starts_with("[]") ? "list" : "map");
        }
        out_.wrong_type =
            Problem{node.place, Severity::Error, text,
                    fmt::format("json: cannot unmarshal {} into Go struct field {}.{} of type {}",
                                json_word(node.kind), of, without_index(path), type)};
    }

    // encoding/json's errors name a path without indexes: rules.users for rules[3].users.
    static std::string without_index(const std::string& path) {
        std::string out;
        bool inside = false;
        for (const char c : path) {
            if (c == '[') inside = true;
            if (!inside) out += c;
            if (c == ']') inside = false;
        }
        return out;
    }

    void metadata(const Node& node) {
        if (node.kind == Kind::Null) return;
        if (node.kind != Kind::Map) {
            wrong_type(node, "Policy", "metadata", "v1.ObjectMeta");
            return;
        }
        each_field(node, "metadata", kMetadataKeys, [](const Entry&, const std::string&) {});
    }

    bool boolean(const Entry& field, std::string_view of, const std::string& path) {
        const Node& node = *field.value;
        if (node.kind == Kind::Null) return false;
        if (node.kind != Kind::Bool) wrong_type(node, of, path, "bool");
        // YAML 1.1: y, yes, on and true are true.
        return node.kind == Kind::Bool && (node.text.find_first_of("yYtT") == 0 || node.text == "on" ||
                                           node.text == "On" || node.text == "ON");
    }

    Text text(const Node& node, std::string_view of, const std::string& path, std::string_view type) {
        if (node.kind != Kind::String && node.kind != Kind::Null) wrong_type(node, of, path, type);
        return {node.kind == Kind::String ? node.text : "", node.place};
    }

    // The items of a list; none when the value is no list.
    const std::vector<NodePtr>& list(const Entry& field, std::string_view of, const std::string& path,
                                     std::string_view type) {
        static const std::vector<NodePtr> kNone;
        const Node& node = *field.value;
        if (node.kind == Kind::List) return node.items;
        if (node.kind != Kind::Null) wrong_type(node, of, path, fmt::format("[]{}", type));
        return kNone;
    }

    Texts texts(const Entry& field, std::string_view of, const std::string& path,
                std::string_view type = "string") {
        Texts all;
        for (const NodePtr& item : list(field, of, path, type)) all.push_back(text(*item, of, path, type));
        return all;
    }

    void stages(const Entry& field, std::string_view of, const std::string& path, Texts& words,
                Stages& into) {
        words = texts(field, of, path, "v1.Stage");
        for (const Text& word : words) into.add(stage_named(word.value));
    }

    void rules(const Entry& field, const std::string& path) {
        size_t index = 0;
        for (const NodePtr& item : list(field, "Policy", path, "v1.PolicyRule")) {
            const std::string inner = fmt::format("{}[{}]", path, index++);
            Rule rule;
            rule.place = item->place;
            if (item->kind == Kind::Map) {
                each_field(*item, inner, kRuleKeys,
                           [&](const Entry& one, const std::string& at) { rule_field(rule, one, at); });
            } else if (item->kind != Kind::Null) {
                wrong_type(*item, "Policy", inner, "v1.PolicyRule");
            }
            if (rule.level_word.place.line == 0) rule.level_word.place = rule.place;
            out_.policy.rules.push_back(std::move(rule));
        }
    }

    void rule_field(Rule& rule, const Entry& field, const std::string& path) {
        const std::string& key = field.key.value;
        constexpr std::string_view kOf = "PolicyRule";
        if (key == "level") {
            rule.level_word = text(*field.value, kOf, path, "v1.Level");
            rule.level = level_named(rule.level_word.value);
        }
        if (key == "users") rule.users = texts(field, kOf, path);
        if (key == "userGroups") rule.user_groups = texts(field, kOf, path);
        if (key == "verbs") rule.verbs = texts(field, kOf, path);
        if (key == "namespaces") rule.namespaces = texts(field, kOf, path);
        if (key == "nonResourceURLs") rule.urls = texts(field, kOf, path);
        if (key == "omitStages") stages(field, kOf, path, rule.omit_stage_words, rule.omit_stages);
        if (key == "omitManagedFields" && field.value->kind != Kind::Null)
            rule.omit_managed_fields = boolean(field, kOf, path);
        if (key == "resources") resources(rule, field, path);
    }

    void resources(Rule& rule, const Entry& field, const std::string& path) {
        size_t index = 0;
        for (const NodePtr& item : list(field, "PolicyRule", path, "v1.GroupResources")) {
            const std::string inner = fmt::format("{}[{}]", path, index++);
            GroupResources entry;
            entry.place = entry.group.place = item->place;
            if (item->kind == Kind::Map) {
                each_field(*item, inner, kResourceKeys, [&](const Entry& one, const std::string& at) {
                    constexpr std::string_view kOf = "GroupResources";
                    if (one.key.value == "group") entry.group = text(*one.value, kOf, at, "string");
                    if (one.key.value == "resources") entry.resources = texts(one, kOf, at);
                    if (one.key.value == "resourceNames") entry.resource_names = texts(one, kOf, at);
                });
            } else if (item->kind != Kind::Null) {
                wrong_type(*item, "PolicyRule", inner, "v1.GroupResources");
            }
            rule.resources.push_back(std::move(entry));
        }
    }

    const bool is_json_;
    Decoded out_;
};

}  // namespace

Decoded decode(const Document& document, int kubernetes) {
    return Decoder(document.is_json, kubernetes).take(*document.root);
}

}  // namespace redshank::audit::policy
