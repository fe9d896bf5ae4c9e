// Loads native rules: TOML, as docs/rules.md describes it.
#define TOML_HEADER_ONLY 0
#include <toml++/toml.h>

#include <boost/json.hpp>
#include <sstream>

#include "rules/condition_parser.h"
#include "rules/loader.h"

namespace redshank::rules {

namespace json = boost::json;

namespace {

using Names = std::vector<std::string_view>;

// An ordinary request; the `event` of an example replaces parts of it.
constexpr std::string_view kBaseEvent = R"({
    "kind": "Event", "apiVersion": "audit.k8s.io/v1", "level": "RequestResponse", "auditID": "example",
    "stage": "ResponseComplete", "requestURI": "/", "verb": "get",
    "user": {"username": "alice", "groups": ["dev", "system:authenticated"]},
    "sourceIPs": ["10.0.0.7"], "userAgent": "kubectl/v1.32.0 (linux/amd64) kubernetes/abcdef0",
    "responseStatus": {"metadata": {}, "code": 200},
    "requestReceivedTimestamp": "2026-01-05T10:00:00.000000Z", "stageTimestamp": "2026-01-05T10:00:00.000000Z",
    "annotations": {"authorization.k8s.io/decision": "allow",
        "authorization.k8s.io/reason": "RBAC: allowed by RoleBinding \"devs/shop\" of ClusterRole \"edit\" to Group \"dev\""}
})";

const json::value& base_event() {
    static const json::value kEvent = json::parse(kBaseEvent);
    return kEvent;
}

void merge(json::value& base, const json::value& over) {
    if (!base.is_object() || !over.is_object()) {
        base = over;
        return;
    }
    for (const auto& [key, value] : over.as_object()) merge(base.as_object()[key], value);
}

// The examples of one rule as they stand in a pack, behind so many lines.
struct ExampleText {
    std::string_view text;
    size_t lines_before = 0;
};

// A pack without the examples, but with all line ends, so that places stay; and the examples of each rule.
// They are the last of a rule, and no line inside a text begins with "[".
struct PackText {
    std::string rules;
    std::vector<ExampleText> examples;
};

PackText take_apart(std::string_view text) {
    PackText out;
    bool is_example = false;
    size_t line_number = 0;
    for (size_t at = 0; at < text.size(); ++line_number) {
        const size_t end = std::min(text.find('\n', at), text.size() - 1) + 1;
        const std::string_view line = text.substr(at, end - at);
        if (line.starts_with("[[rule]]")) out.examples.emplace_back();
        if (line.starts_with('[')) is_example = line.starts_with("[[rule.example]]");
        if (is_example) {
            ExampleText& examples = out.examples.back();
            if (examples.text.empty()) examples = {text.substr(at, 0), line_number};
            examples.text = {examples.text.data(), examples.text.size() + line.size()};
            out.rules += '\n';
        } else {
            out.rules += line;
        }
        at = end;
    }
    return out;
}

class Loader {
  public:
    Loader(std::string_view text, const std::string& file) : text_(text), file_(file) {}

    std::vector<std::shared_ptr<Rule>> load() {
        const toml::table root = parsed();
        check_keys(root, {"define", "rule"}, "");
        read_definitions(root);
        const toml::array* rules = array(root, "rule");
        if (rules == nullptr) throw RuleError({file_}, "holds no [[rule]]");
        std::vector<std::shared_ptr<Rule>> out;
        for (const toml::node& node : *rules) out.push_back(rule(table(node, "rule")));
        return out;
    }

    // The text is the examples of one rule.
    std::vector<RuleExample> load_examples() const {
        const toml::table root = parsed();
        return examples(table(*root.get("rule"), "rule"));
    }

  private:
    toml::table parsed() const {
        try {
            return toml::parse(text_, file_);
        } catch (const toml::parse_error& error) {
            throw RuleError(place(error.source()), std::string(error.description()));
        }
    }

    Place place(const toml::source_region& at) const { return {file_, at.begin.line, at.begin.column}; }
    [[noreturn]] void fail(const toml::node& at, const std::string& what) const {
        throw RuleError(place(at.source()), what);
    }

    void check_keys(const toml::table& table, const Names& known, const std::string& in) const {
        for (const auto& [key, value] : table) {
            if (std::find(known.begin(), known.end(), key.str()) != known.end()) continue;
            fail(value, "unknown key " + in + std::string(key.str()) + did_you_mean(key.str(), known));
        }
    }

    const toml::table& table(const toml::node& node, const std::string& what) const {
        if (!node.is_table()) fail(node, what + " is a table");
        return *node.as_table();
    }
    const toml::array* array(const toml::table& table, std::string_view key) const {
        const toml::node* node = table.get(key);
        if (node == nullptr) return nullptr;
        if (!node->is_array()) fail(*node, std::string(key) + " is a list");
        return node->as_array();
    }
    std::string string(const toml::table& table, std::string_view key, std::string otherwise = {}) const {
        const toml::node* node = table.get(key);
        if (node == nullptr) return otherwise;
        if (!node->is_string()) fail(*node, std::string(key) + " is a text");
        return node->as_string()->get();
    }
    std::string required(const toml::table& in, std::string_view key) const {
        if (in.get(key) == nullptr) fail(in, "needs the key " + std::string(key));
        return string(in, key);
    }
    bool boolean(const toml::table& table, std::string_view key, bool otherwise) const {
        const toml::node* node = table.get(key);
        if (node == nullptr) return otherwise;
        if (!node->is_boolean()) fail(*node, std::string(key) + " is true or false");
        return node->as_boolean()->get();
    }
    std::vector<std::string> strings(const toml::table& table, std::string_view key) const {
        std::vector<std::string> out;
        const toml::array* items = array(table, key);
        if (items == nullptr) return out;
        for (const toml::node& item : *items) {
            if (!item.is_string()) fail(item, std::string(key) + " is a list of texts");
            out.push_back(item.as_string()->get());
        }
        return out;
    }
    audit::Duration duration(const toml::table& table, std::string_view key,
                             audit::Duration otherwise) const {
        const toml::node* node = table.get(key);
        if (node == nullptr) return otherwise;
        const auto read = audit::parse_duration(string(table, key));
        if (!read || *read <= audit::Duration{0})
            fail(*node, std::string(key) + " is a time such as \"10m\"");
        return *read;
    }

    // The place of a byte inside a text value, which may span several lines.
    Place inside(const toml::node& node, std::string_view value, size_t at) const {
        Place where = place(node.source());
        size_t line_start = 0;  // in the file
        for (size_t line = 1; line < where.line; ++line) line_start = text_.find('\n', line_start) + 1;
        const std::string_view raw = text_.substr(std::min(line_start + where.column - 1, text_.size()));
        size_t quotes = raw.starts_with("\"\"\"") || raw.starts_with("'''") ? 3 : 1;
        size_t column = where.column + quotes;
        if (quotes == 3 && raw.substr(3).find_first_not_of('\r') != raw.npos &&
            raw.substr(3)[raw.substr(3).find_first_not_of('\r')] == '\n') {
            ++where.line;
            column = 1;
        }
        for (size_t i = 0; i < at && i < value.size(); ++i) {
            if (value[i] == '\n') {
                ++where.line;
                column = 1;
            } else {
                ++column;
            }
        }
        where.column = column;
        return where;
    }

    ConditionPtr condition(const toml::table& in, std::string_view key, bool is_definition = false) const {
        const std::string text = required(in, key);
        try {
            return is_definition ? parse_definition(text, definitions_)
                                 : parse_condition(text, &definitions_);
        } catch (const ConditionError& error) {
            throw RuleError(inside(*in.get(key), text, error.at), error.what());
        }
    }

    std::vector<Field> fields(const toml::table& in, std::string_view key) const {
        std::vector<Field> out;
        const toml::array* items = array(in, key);
        if (items == nullptr) return out;
        for (const toml::node& item : *items) {
            if (!item.is_string()) fail(item, std::string(key) + " is a list of fields in quotes");
            const std::string name = item.as_string()->get();
            std::string_view rest = name;
            std::string problem;
            Field field;
            if (!read_field(rest, field, problem)) fail(item, problem);
            if (!rest.empty()) fail(item, "unexpected " + std::string(rest) + " after the field");
            out.push_back(std::move(field));
        }
        return out;
    }

    void read_definitions(const toml::table& root) {
        const toml::node* node = root.get("define");
        if (node == nullptr) return;
        const toml::table& defines = table(*node, "define");
        // Definitions are read in the order of the file: each may use those above it.
        std::vector<std::pair<toml::source_position, std::string>> order;
        for (const auto& [key, value] : defines)
            order.emplace_back(value.source().begin, std::string(key.str()));
        std::sort(order.begin(), order.end());
        for (const auto& [position, key] : order) definitions_[key] = condition(defines, key, true);
    }

    std::shared_ptr<Rule> rule(const toml::table& in) {
        check_keys(in,
                   {"id", "title", "description", "severity", "condition", "summary", "mitre", "references",
                    "equivalents", "level", "about", "keeper", "threshold", "sequence", "new", "exception",
                    "example"},
                   "rule.");
        auto out = std::make_shared<Rule>();
        out->place = {file_, in.source().begin.line};
        out->id = required(in, "id");
        if (out->id.empty() ||
            out->id.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-") != out->id.npos) {
            fail(*in.get("id"), "an id is made of a-z, 0-9 and -");
        }
        out->title = required(in, "title");
        out->description = string(in, "description");
        const std::string severity = string(in, "severity", std::string(to_string(out->severity)));
        if (!parse_severity(severity, out->severity)) {
            const Names words(kSeverityWords.begin(), kSeverityWords.end());
            fail(*in.get("severity"),
                 "severity is info, low, medium, high or critical" + did_you_mean(severity, words));
        }
        out->mitre = strings(in, "mitre");
        out->references = strings(in, "references");
        out->equivalents = strings(in, "equivalents");
        const bool has_window = in.contains("threshold") || in.contains("sequence") || in.contains("new");
        if (in.contains("about")) {
            out->about = fields(in, "about");
        } else if (!has_window) {  // rules with a window have one finding for each window
            out->about = default_about();
        }
        read_kind(in, *out);
        read_level(in, *out);
        out->every_stage = mentions(*out->condition, "stage") || mentions(*out->condition, "answers");
        read_summary(in, *out);
        read_exceptions(in, *out);
        if (in.contains("example"))
            out->examples = RuleExamples([all = examples(in)]() mutable { return std::move(all); });
        return out;
    }

    static std::vector<Field> default_about() {
        return {{find_field("user.username"), {}}, {find_field("objectRef.namespace"), {}}};
    }

    void read_kind(const toml::table& in, Rule& out) {
        std::ostringstream print;  // the parts of the rule that its stored state depends on
        const int kinds = in.contains("threshold") + in.contains("sequence") + in.contains("new");
        if (kinds > 1) fail(in, "a rule has one of threshold, sequence and new");
        if (const toml::node* node = in.get("sequence")) {
            if (in.contains("condition"))
                fail(*in.get("condition"), "a sequence has conditions in its steps");
            if (in.contains("keeper")) fail(*in.get("keeper"), "keeper is for rules that tell of each match");
            read_sequence(table(*node, "sequence"), out);
            print << *node->as_table();
        } else {
            out.condition = condition(in, "condition");
            print << string(in, "condition");
            if (in.contains("keeper")) read_keeper(in, out);
        }
        if (const toml::node* node = in.get("threshold")) {
            read_threshold(table(*node, "threshold"), out);
            print << *node->as_table();
        }
        if (const toml::node* node = in.get("new")) {
            read_new(table(*node, "new"), out);
            print << *node->as_table();
        }
        out.fingerprint = print.str();
    }

    void read_keeper(const toml::table& in, Rule& out) {
        if (in.contains("threshold") || in.contains("new"))
            fail(*in.get("keeper"), "keeper is for rules that tell of each match");
        out.keeper = condition(in, "keeper");
        out.tells = out.condition;
        out.condition = either(out.tells, out.keeper);
    }

    void read_threshold(const toml::table& in, Rule& out) {
        check_keys(in, {"count", "within", "by", "distinct", "with"}, "threshold.");
        out.kind = RuleKind::Threshold;
        const toml::node* count = in.get("count");
        if (count == nullptr || !count->is_integer() || count->as_integer()->get() < 1 ||
            count->as_integer()->get() > 10'000) {
            fail(count ? *count : in, "threshold.count is a number from 1 to 10000");
        }
        out.count = static_cast<uint64_t>(count->as_integer()->get());
        out.within = duration(in, "within", std::chrono::minutes{5});
        out.by = fields(in, "by");
        out.distinct = fields(in, "distinct");
        const std::vector<std::string> with = strings(in, "with");
        if (with.size() > 8) fail(*in.get("with"), "threshold.with is a list of at most 8 conditions");
        for (const std::string& text : with) {
            try {
                out.with.push_back(parse_condition(text, &definitions_));
            } catch (const ConditionError& error) {
                fail(*in.get("with"), error.what());
            }
        }
    }

    void read_new(const toml::table& in, Rule& out) {
        check_keys(in, {"value", "by", "peers", "memory", "learn"}, "new.");
        out.kind = RuleKind::NewValue;
        out.value = fields(in, "value");
        if (out.value.empty()) fail(in, "new.value is a list of fields");
        out.by = fields(in, "by");
        out.peers = fields(in, "peers");
        out.memory = duration(in, "memory", std::chrono::days{30});
        out.learn = duration(in, "learn", std::chrono::days{3});
    }

    void read_sequence(const toml::table& in, Rule& out) {
        check_keys(in, {"within", "by", "ordered", "step"}, "sequence.");
        out.kind = RuleKind::Sequence;
        out.within = duration(in, "within", std::chrono::minutes{10});
        out.by = fields(in, "by");
        out.ordered = boolean(in, "ordered", true);
        const toml::array* steps = array(in, "step");
        if (steps == nullptr || steps->size() < 2 || steps->size() > 16) {
            fail(in, "a sequence has 2 to 16 [[rule.sequence.step]]");
        }
        for (const toml::node& node : *steps) {
            const toml::table& one = table(node, "step");
            check_keys(one, {"condition", "by", "without"}, "sequence.step.");
            RuleStep step{condition(one, "condition"), one.contains("by") ? fields(one, "by") : out.by,
                          boolean(one, "without", false)};
            if (!out.steps.empty() && step.by.size() != out.steps.front().by.size()) {
                fail(one, "every step needs a key of as many fields");
            }
            out.condition = either(out.condition, step.condition);
            out.steps.push_back(std::move(step));
        }
        if (out.steps.front().without || (out.steps.back().without && !out.ordered)) {
            fail(in, "`without` stands after the first step");
        }
    }

    void read_level(const toml::table& in, Rule& out) {
        out.level = needs_of(*out.condition);
        const std::string word = string(in, "level");
        if (word.empty()) return;
        for (const Needs needs : {Needs::Metadata, Needs::Request, Needs::RequestResponse}) {
            if (to_string(needs) != word) continue;
            out.level = needs;
            return;
        }
        fail(*in.get("level"), "level is Metadata, Request or RequestResponse");
    }

    void read_summary(const toml::table& in, Rule& out) {
        const std::string text = string(in, "summary", "{who} {deed}");
        try {
            out.summary = Template::parse(text);
        } catch (const ConditionError& error) {
            throw RuleError(inside(*in.get("summary"), text, error.at), error.what());
        }
    }

    void read_exceptions(const toml::table& in, Rule& out) {
        const toml::array* all = array(in, "exception");
        if (all == nullptr) return;
        for (const toml::node& node : *all) {
            const toml::table& one = table(node, "exception");
            check_keys(one, {"name", "condition", "until"}, "exception.");
            RuleException exception{string(one, "name"), condition(one, "condition")};
            if (const toml::node* until = one.get("until")) {
                std::ostringstream written;
                if (until->is_date()) {
                    written << until->as_date()->get() << "T00:00:00Z";
                } else if (until->is_date_time()) {
                    written << until->as_date_time()->get();
                } else if (until->is_string()) {
                    written << until->as_string()->get()
                            << (until->as_string()->get().size() == 10 ? "T00:00:00Z" : "");
                }
                const auto time = audit::parse_time(written.str());
                if (!time) fail(*until, "until is a date such as 2026-12-31");
                exception.until = *time;
            }
            out.exceptions.push_back(std::move(exception));
        }
    }

    std::string event(const toml::node& node) const {
        boost::system::error_code error;
        json::value over;
        if (node.is_string()) {
            over = json::parse(node.as_string()->get(), error);
            if (error || !over.is_object()) fail(node, "the event is no JSON object");
            return json::serialize(over);  // an event given as text is complete: no base event is needed
        }
        std::ostringstream text;
        text << toml::json_formatter(table(node, "event"));
        over = json::parse(text.str(), error);
        if (error || !over.is_object()) fail(node, "the event cannot be written as JSON");
        json::value made = base_event();
        if (const json::value* remove = over.as_object().if_contains("remove")) {
            if (remove->is_array()) {
                for (const json::value& key : remove->as_array()) {
                    if (key.is_string()) made.as_object().erase(std::string(key.as_string()));
                }
            }
            over.as_object().erase("remove");
        }
        merge(made, over);
        return json::serialize(made);
    }

    std::vector<RuleExample> examples(const toml::table& in) const {
        std::vector<RuleExample> out;
        const toml::array* all = array(in, "example");
        if (all == nullptr) return out;
        for (const toml::node& node : *all) {
            const toml::table& one = table(node, "example");
            check_keys(one, {"name", "match", "event", "events"}, "example.");
            RuleExample example{.name = string(one, "name"), .matches = boolean(one, "match", true)};
            example.place = {file_, one.source().begin.line};
            if (const toml::node* single = one.get("event")) example.events.push_back(event(*single));
            if (const toml::array* many = array(one, "events")) {
                for (const toml::node& item : *many) example.events.push_back(event(item));
            }
            if (example.events.empty()) fail(one, "an example needs event or events");
            out.push_back(std::move(example));
        }
        return out;
    }

    std::string_view text_;
    std::string file_;
    Definitions definitions_;
};

}  // namespace

Rules load_native(std::string_view text, const std::string& file) {
    const auto rules = Loader(text, file).load();
    return {rules.begin(), rules.end()};
}

Rules load_pack(std::string_view text, const std::string& file) {
    const PackText pack = take_apart(text);
    const auto rules = Loader(pack.rules, file).load();
    for (size_t i = 0; i < rules.size(); ++i) {
        if (pack.examples[i].text.empty()) continue;
        rules[i]->examples = RuleExamples([file, one = pack.examples[i]] {
            const std::string at_its_place = std::string(one.lines_before, '\n').append(one.text);
            return Loader(at_its_place, file).load_examples();
        });
    }
    return {rules.begin(), rules.end()};
}

}  // namespace redshank::rules
