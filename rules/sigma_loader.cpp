#include <algorithm>
#include <charconv>
#include <set>

#include "rules/sigma_detection.h"
#include "rules/yaml_file.h"
#include "rules/yaml_loaders.h"

namespace redshank::rules {

namespace {

using Names = std::vector<std::string_view>;

struct EventRule {
    std::shared_ptr<Rule> rule;
    std::string name;  // the name that correlations use; may be ""
};

// Narrows the rules that it names: they match only where its condition holds as well.
struct Filter {
    YamlFile file;
    YAML::Node node;
    ConditionPtr condition;
};

struct CountWord {
    std::string_view word;
    CountLimit::Op op;
};
constexpr CountWord kCounts[] = {{"gt", CountLimit::Op::Greater}, {"gte", CountLimit::Op::GreaterEqual},
                                 {"lt", CountLimit::Op::Less},    {"lte", CountLimit::Op::LessEqual},
                                 {"eq", CountLimit::Op::Equal},   {"neq", CountLimit::Op::NotEqual}};

struct Correlation {
    YamlFile file;
    YAML::Node node;
};

std::string slug(const std::string& title) {
    std::string out;
    for (const char c : title) {
        const bool is_letter = std::isalnum(static_cast<unsigned char>(c)) != 0;
        if (is_letter) out += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
        if (!is_letter && !out.empty() && out.back() != '-') out += '-';
    }
    return out;
}

std::shared_ptr<Rule> head(const YamlFile& file, const YAML::Node& node) {
    auto out = std::make_shared<Rule>();
    out->dialect = "sigma";
    out->place = {file.name(), file.place(node).line};
    out->title = file.required(node, "title");
    out->id = file.text(node, "id");
    if (out->id.empty()) out->id = slug(out->title);
    out->description = file.text(node, "description");
    const std::string level = node["level"] ? file.text(node, "level") : "medium";
    const Names words{"informational", "low", "medium", "high", "critical"};
    if (std::find(words.begin(), words.end(), level) == words.end()) {
        file.fail(node["level"], "unknown level " + level + did_you_mean(level, words));
    }
    parse_severity(level == "informational" ? "info" : level, out->severity);
    out->references = file.texts(node, "references");
    for (std::string tag : file.texts(node, "tags")) {
        if (!tag.starts_with("attack.t") || tag.size() < 9 ||
            !std::isdigit(static_cast<unsigned char>(tag[8])))
            continue;
        out->mitre.push_back("T" + tag.substr(8));
    }
    out->about = {{find_field("user.username"), {}}, {find_field("objectRef.namespace"), {}}};
    out->summary = Template::parse("{who} {deed}: " + [&] {
        std::string escaped;
        for (const char c : out->title) escaped += c == '{' ? "{{" : std::string(1, c);
        return escaped;
    }());
    return out;
}

// For which log the rule or filter is, in words, when it is not for this one; "" when it is.
std::string foreign_source(const YamlFile& file, const YAML::Node& node) {
    const YAML::Node source = node["logsource"];
    if (!source || !source.IsMap()) file.fail(node, "needs a logsource");
    std::string words;
    for (const char* key : {"product", "service", "category"}) {
        const std::string value = file.text(source, key);
        if (!value.empty()) words += (words.empty() ? "" : ", ") + std::string(key) + " " + value;
    }
    const bool is_ours =
        file.text(source, "product") == "kubernetes" && file.text(source, "service") == "audit";
    if (is_ours) return {};
    return words.empty() ? "no product" : words;
}

std::string skipped(const YamlFile& file, const YAML::Node& node, const std::string& why) {
    const std::string title = file.text(node, "title");
    return file.place(node).to_string() + ": " + (title.empty() ? "a rule" : "\"" + title + "\"") +
           " is skipped: it " + why;
}

class SigmaLoader : public YamlLoader {
  public:
    void add(std::string_view text, const std::string& name) override;
    std::vector<RulePtr> finish(std::vector<std::string>& warnings) const override;

  private:
    // Collections hold rules for all kinds of logs. Those that are not for this one are skipped with a
    // warning, whatever else they hold; so is what builds on one.
    bool is_foreign(const YamlFile& file, const YAML::Node& node);
    // Whether only such a rule has this name.
    bool is_of_foreign(const std::string& name) const;
    const EventRule* known(const std::string& name) const;
    void add_filter(const YamlFile& file, const YAML::Node& node);
    // The rules with all filters applied.
    std::vector<EventRule> filtered() const;
    const EventRule& find(const YamlFile& file, const YAML::Node& at, const std::string& name) const;
    RulePtr correlate(const Correlation& from, std::set<std::string>& hidden) const;

    std::vector<EventRule> rules_;
    std::vector<Correlation> correlations_;
    std::vector<Filter> filters_;
    std::set<std::string> foreign_;  // names, ids and titles of rules for other logs
    std::vector<std::string> warnings_;
};

bool SigmaLoader::is_foreign(const YamlFile& file, const YAML::Node& node) {
    const std::string source = foreign_source(file, node);
    if (source.empty()) return false;
    warnings_.push_back(
        skipped(file, node, "is for " + source + ", not for product kubernetes, service audit"));
    if (node["filter"]) return true;
    for (const char* key : {"name", "id", "title"}) {
        if (const std::string name = file.text(node, key); !name.empty()) foreign_.insert(name);
    }
    return true;
}

const EventRule* SigmaLoader::known(const std::string& name) const {
    const auto at = std::find_if(rules_.begin(), rules_.end(), [&](const EventRule& rule) {
        return name == rule.name || name == rule.rule->id || name == rule.rule->title;
    });
    return at == rules_.end() ? nullptr : &*at;
}

bool SigmaLoader::is_of_foreign(const std::string& name) const {
    return foreign_.contains(name) && known(name) == nullptr;
}

void SigmaLoader::add(std::string_view text, const std::string& name) {
    const YamlFile file(name);
    for (const YAML::Node& node : file.parse(text)) {
        if (node.IsNull()) continue;
        if (!node.IsMap()) file.fail(node, "a Sigma rule is a table");
        if (node["correlation"]) {
            correlations_.push_back({file, node});
            continue;
        }
        if (node["filter"]) {
            add_filter(file, node);
            continue;
        }
        if (node["action"])
            file.fail(node, "collections with action: were removed from Sigma; write whole rules");
        if (is_foreign(file, node)) continue;
        if (!node["detection"]) file.fail(node, "needs detection or correlation");
        auto rule = head(file, node);
        rule->condition = sigma_detection(file, node["detection"]);
        rule->every_stage = mentions(*rule->condition, "stage");
        rule->level = needs_of(*rule->condition);
        rules_.push_back({std::move(rule), file.text(node, "name")});
    }
}

void SigmaLoader::add_filter(const YamlFile& file, const YAML::Node& node) {
    if (is_foreign(file, node)) return;
    const YAML::Node filter = node["filter"];
    if (!filter.IsMap()) file.fail(filter, "filter is a table of rules, selections and a condition");
    if (file.texts(filter, "rules").empty()) file.fail(filter, "filter needs rules");
    YAML::Node detection;
    for (const auto& entry : filter) {
        if (entry.first.as<std::string>("") != "rules") detection[entry.first] = entry.second;
    }
    if (!detection["condition"]) file.fail(filter, "filter needs a condition");
    filters_.push_back({file, node, sigma_detection(file, detection)});
}

std::vector<EventRule> SigmaLoader::filtered() const {
    std::vector<EventRule> out = rules_;
    for (const Filter& filter : filters_) {
        const YAML::Node wanted = filter.node["filter"]["rules"];
        for (const std::string& name : filter.file.texts(filter.node["filter"], "rules")) {
            const bool any = name == "any";
            if (!any && is_of_foreign(name)) continue;
            const EventRule* named = any ? nullptr : &find(filter.file, wanted, name);
            for (EventRule& one : out) {
                if (!any && one.rule->id != named->rule->id) continue;
                one.rule = std::make_shared<Rule>(*one.rule);
                one.rule->condition = both(one.rule->condition, filter.condition);
                one.rule->every_stage = one.rule->every_stage || mentions(*filter.condition, "stage");
            }
        }
    }
    return out;
}

const EventRule& SigmaLoader::find(const YamlFile& file, const YAML::Node& at,
                                   const std::string& name) const {
    if (const EventRule* rule = known(name)) return *rule;
    for (const Correlation& other : correlations_) {
        if (file.text(other.node, "name") == name || file.text(other.node, "id") == name) {
            file.fail(at, "correlations of correlations are not supported");
        }
    }
    Names names;
    for (const EventRule& rule : rules_) {
        if (!rule.name.empty()) names.push_back(rule.name);
        names.push_back(rule.rule->id);
    }
    file.fail(at, "there is no rule " + name + did_you_mean(name, names));
}

RulePtr SigmaLoader::correlate(const Correlation& from, std::set<std::string>& hidden) const {
    const YamlFile& file = from.file;
    const YAML::Node node = from.node["correlation"];
    if (!node.IsMap()) file.fail(node, "correlation is a table");
    file.check_keys(node, {"type", "rules", "group-by", "timespan", "condition", "aliases", "generate"});
    auto out = head(file, from.node);
    const std::string type = file.required(node, "type");

    std::vector<const EventRule*> used;
    for (const std::string& name : file.texts(node, "rules"))
        used.push_back(&find(file, node["rules"], name));
    if (used.empty()) file.fail(node, "correlation needs rules");
    const bool generate = file.boolean(node, "generate", file.boolean(from.node, "generate", false));
    for (const EventRule* rule : used) {
        if (!generate) hidden.insert(rule->rule->id);
    }

    const auto within = audit::parse_duration(file.required(node, "timespan"));
    if (!within || *within <= audit::Duration{0})
        file.fail(node["timespan"], "timespan is like 30s, 15m, 24h or 7d");
    out->within = *within;

    // Resolves a name of group-by to the field of each rule.
    const auto field_in = [&](const std::string& name, const EventRule& rule) {
        std::string actual = name;
        if (const YAML::Node alias = node["aliases"] ? node["aliases"][name] : YAML::Node()) {
            for (const auto& entry : alias) {
                const std::string key = entry.first.as<std::string>("");
                if (key == rule.name || key == rule.rule->id || key == rule.rule->title)
                    actual = entry.second.as<std::string>("");
            }
        }
        Field field;
        std::string problem;
        if (!sigma_field(actual, field, problem)) file.fail(node, problem);
        return field;
    };
    const std::vector<std::string> group_by = file.texts(node, "group-by");
    std::string print = type + file.text(node, "timespan");
    for (const EventRule* rule : used) {
        RuleStep step{.condition = rule->rule->condition};
        for (const std::string& name : group_by) {
            step.by.push_back(field_in(name, *rule));
            print += "," + step.by.back().to_string();
        }
        print += ";" + rule->rule->id;
        out->condition = either(out->condition, step.condition);
        out->every_stage = out->every_stage || rule->rule->every_stage;
        out->steps.push_back(std::move(step));
    }
    out->level = needs_of(*out->condition);

    if (type == "temporal" || type == "temporal_ordered") {
        if (used.size() < 2) file.fail(node, type + " needs two rules or more");
        if (used.size() > 16) file.fail(node, type + " takes 16 rules at most");
        out->kind = RuleKind::Sequence;
        out->ordered = type == "temporal_ordered";
    } else if (type == "event_count" || type == "value_count") {
        out->kind = RuleKind::Threshold;
        out->by = out->steps.front().by;
        for (const RuleStep& step : out->steps) {
            for (size_t i = 0; i < step.by.size(); ++i) {
                if (step.by[i].to_string() != out->by[i].to_string()) {
                    file.fail(node, type + " needs the same fields in all its rules");
                }
            }
        }
        out->steps.clear();
        const YAML::Node condition = node["condition"];
        if (!condition || !condition.IsMap()) file.fail(node, type + " needs a condition such as gte: 10");
        for (const auto& entry : condition) {
            const std::string key = entry.first.as<std::string>(""), value = entry.second.as<std::string>("");
            print += "|" + key + value;
            if (key == "field") {
                for (const std::string& one : file.texts(condition, "field")) {
                    out->distinct.push_back(field_in(one, *used.front()));
                    print += "|" + one;
                }
                continue;
            }
            const auto known = std::find_if(std::begin(kCounts), std::end(kCounts),
                                            [&](const CountWord& one) { return one.word == key; });
            if (known == std::end(kCounts)) {
                file.fail(entry.first,
                          "unknown key " + key +
                              did_you_mean(key, {"gt", "gte", "lt", "lte", "eq", "neq", "field"}));
            }
            uint64_t count = 0;
            const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), count);
            if (error != std::errc{} || end != value.data() + value.size() || count > 10'000) {
                file.fail(entry.second, key + " is a number up to 10000");
            }
            out->limits.push_back({known->op, count});
        }
        if (out->limits.empty()) file.fail(condition, "needs gt, gte, lt, lte, eq or neq");
        // A lower limit is reported as soon as it is reached, any other limit at the end of the window.
        const CountLimit only = out->limits.front();
        if (out->limits.size() == 1 &&
            (only.op == CountLimit::Op::Greater || only.op == CountLimit::Op::GreaterEqual)) {
            out->limits.clear();
            out->count =
                std::max<uint64_t>(only.op == CountLimit::Op::Greater ? only.count + 1 : only.count, 1);
        }
        if ((type == "value_count") != !out->distinct.empty()) {
            file.fail(condition,
                      type == "value_count" ? "value_count needs a field" : "event_count takes no field");
        }
    } else {
        file.fail(node["type"],
                  "unknown type " + type +
                      did_you_mean(type, {"event_count", "value_count", "temporal", "temporal_ordered"}) +
                      "; event_count, value_count, temporal and temporal_ordered are supported");
    }
    out->fingerprint = print;
    return out;
}

std::vector<RulePtr> SigmaLoader::finish(std::vector<std::string>& warnings) const {
    warnings.insert(warnings.end(), warnings_.begin(), warnings_.end());
    std::set<std::string> hidden;
    std::vector<RulePtr> correlated, out;
    SigmaLoader all = *this;
    all.rules_ = filtered();
    for (const Correlation& one : all.correlations_) {
        const YAML::Node body = one.node["correlation"];
        const std::vector<std::string> names =
            body.IsMap() ? one.file.texts(body, "rules") : std::vector<std::string>();
        const auto foreign = std::find_if(names.begin(), names.end(),
                                          [&](const std::string& name) { return is_of_foreign(name); });
        if (foreign == names.end()) {
            correlated.push_back(all.correlate(one, hidden));
        } else {
            warnings.push_back(skipped(one.file, one.node, "builds on " + *foreign + ", which is skipped"));
        }
    }
    for (const EventRule& one : all.rules_) {
        if (!hidden.contains(one.rule->id)) out.push_back(one.rule);
    }
    out.insert(out.end(), correlated.begin(), correlated.end());
    return out;
}

}  // namespace

std::unique_ptr<YamlLoader> make_sigma_loader() {
    return std::make_unique<SigmaLoader>();
}

}  // namespace redshank::rules
