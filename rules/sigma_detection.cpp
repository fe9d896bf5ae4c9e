#include "rules/sigma_detection.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <functional>
#include <map>

#include "audit/glob.h"
#include "rules/boolean_grammar.h"

namespace redshank::rules {

namespace {

using Text = std::string_view;

struct FieldAlias {
    Text name, ours;
};
// Sigma rules' names for fields that an audit event calls otherwise.
constexpr std::array kAliases = {
    FieldAlias{"apiGroup", "objectRef.apiGroup"},
    FieldAlias{"resource", "objectRef.resource"},
    FieldAlias{"subresource", "objectRef.subresource"},
    FieldAlias{"namespace", "objectRef.namespace"},
    FieldAlias{"name", "objectRef.name"},
    FieldAlias{"username", "user.username"},
    FieldAlias{"user", "user.username"},
    FieldAlias{"groups", "user.groups"},
    FieldAlias{"code", "responseStatus.code"},
    FieldAlias{"hostPath", "pod.volumes[*].hostPath.path"},
    FieldAlias{"capabilities", "pod.anyContainer.securityContext.capabilities.add"},
    FieldAlias{"privileged", "pod.anyContainer.securityContext.privileged"},
    FieldAlias{"hostNetwork", "pod.hostNetwork"},
    FieldAlias{"hostPID", "pod.hostPID"},
    FieldAlias{"hostIPC", "pod.hostIPC"},
    FieldAlias{"image", "pod.anyContainer.image"},
};

// A Sigma value: text in which * and ? are wildcards unless escaped.
struct Pattern {
    std::string plain;  // escapes removed
    std::string glob;   // in the language of audit::glob_match
    bool has_wildcard = false;
};

Pattern read_pattern(Text text) {
    Pattern out;
    const auto literal = [&](char c) {
        out.plain += c;
        if (c == '*' || c == '?' || c == '\\') out.glob += '\\';
        out.glob += c;
    };
    for (size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if (c == '\\' && i + 1 < text.size() &&
            (text[i + 1] == '*' || text[i + 1] == '?' || text[i + 1] == '\\')) {
            literal(text[++i]);
        } else if (c == '*' || c == '?') {
            out.has_wildcard = true;
            out.plain += c;
            out.glob += c;
        } else {
            literal(c);
        }
    }
    return out;
}

std::string base64(Text bytes) {
    static constexpr Text kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    std::string out;
    for (size_t i = 0; i < bytes.size(); i += 3) {
        unsigned held = 0;
        for (size_t j = 0; j < 3; ++j) {
            held = held << 8 | (i + j < bytes.size() ? static_cast<unsigned char>(bytes[i + j]) : 0);
        }
        for (size_t j = 0; j < 4; ++j)
            out += i + j <= bytes.size() ? kAlphabet[held >> (18 - 6 * j) & 63] : '=';
    }
    return out;
}

// The base64 text of the bytes at each of the three alignments, without the characters that depend on
// neighbouring bytes.
std::vector<std::string> base64_offsets(const std::string& bytes) {
    std::vector<std::string> out;
    constexpr size_t kFirst[] = {0, 2, 3};
    for (size_t offset = 0; offset < 3; ++offset) {
        const std::string whole = base64(std::string(offset, ' ') + bytes);
        const size_t rest = (offset + bytes.size()) % 3;
        const size_t cut = rest == 0 ? 0 : rest == 1 ? 3 : 2;
        if (whole.size() > kFirst[offset] + cut) {
            out.push_back(whole.substr(kFirst[offset], whole.size() - kFirst[offset] - cut));
        }
    }
    return out;
}

std::string utf16(Text text, bool big_endian) {
    std::string out;
    for (const char c : text) {
        if (big_endian) out += '\0';
        out += c;
        if (!big_endian) out += '\0';
    }
    return out;
}

constexpr std::array<Text, 25> kModifiers = {
    "contains",     "startswith", "endswith", "all",     "re",      "i",       "m",     "s",   "cidr",
    "exists",       "fieldref",   "gt",       "gte",     "lt",      "lte",     "cased", "neq", "base64",
    "base64offset", "wide",       "utf16",    "utf16le", "utf16be", "windash", "expand"};

class Detection : public BooleanGrammar<Detection> {
  public:
    Detection(const YamlFile& file, const YAML::Node& node) : file_(file), node_(node) {}

    ConditionPtr read() {
        if (!node_ || !node_.IsMap()) file_.fail(node_, "detection is a table of selections and a condition");
        for (const auto& entry : node_) {
            const std::string name = entry.first.as<std::string>("");
            if (name == "condition") continue;
            if (name == "timeframe") file_.fail(entry.first, "timeframe belongs to a correlation rule");
            selections_[name] = selection(entry.second);
        }
        const YAML::Node condition = node_["condition"];
        if (!condition) file_.fail(node_, "detection needs a condition");
        ConditionPtr made;
        if (condition.IsSequence()) {
            for (const YAML::Node& one : condition) made = either(made, parse(one));
        } else {
            made = parse(condition);
        }
        if (!made) file_.fail(condition, "the condition is empty");
        if (made->weight > kMaxWeight) file_.fail(condition, "the condition is too large");
        return made;
    }

  private:
    friend class BooleanGrammar<Detection>;

    // --- Selections

    ConditionPtr selection(const YAML::Node& node) {
        if (node.IsMap()) return map(node);
        if (node.IsScalar()) return keywords(node, {});
        if (!node.IsSequence() || node.size() == 0)
            file_.fail(node, "a selection is a table, or a list that is not empty");
        ConditionPtr any;
        for (const YAML::Node& item : node) any = either(any, item.IsMap() ? map(item) : keywords(item, {}));
        return any;
    }

    ConditionPtr map(const YAML::Node& node) {
        ConditionPtr all;
        for (const auto& entry : node) all = both(all, field_values(entry.first, entry.second));
        if (!all) file_.fail(node, "an empty selection");
        return all;
    }

    ConditionPtr keywords(const YAML::Node& values, const std::vector<std::string>& modifiers) {
        std::vector<std::string> with = modifiers;
        if (std::find(with.begin(), with.end(), "re") == with.end()) with.push_back("contains");
        return compare(values, {find_field("text"), {}}, with, values);
    }

    ConditionPtr field_values(const YAML::Node& key, const YAML::Node& values) {
        const std::string text = key.as<std::string>("");
        std::vector<std::string> parts;
        for (size_t at = 0; at <= text.size();) {
            const size_t bar = std::min(text.find('|', at), text.size());
            parts.push_back(text.substr(at, bar - at));
            at = bar + 1;
        }
        const std::string name = parts.front();
        parts.erase(parts.begin());
        for (const std::string& modifier : parts) {
            if (std::find(kModifiers.begin(), kModifiers.end(), modifier) == kModifiers.end()) {
                file_.fail(key, "unknown modifier " + modifier +
                                    did_you_mean(modifier, {kModifiers.begin(), kModifiers.end()}));
            }
            if (modifier == "expand") file_.fail(key, "placeholders (|expand) are not supported");
        }
        if (name.empty()) return keywords(values, parts);
        Field field;
        std::string problem;
        if (!sigma_field(name, field, problem)) file_.fail(key, problem);
        return compare(key, field, parts, values);
    }

    ConditionPtr compare(const YAML::Node& at, const Field& field, const std::vector<std::string>& modifiers,
                         const YAML::Node& values) {
        const auto has = [&](Text word) {
            return std::find(modifiers.begin(), modifiers.end(), word) != modifiers.end();
        };
        ConditionPtr made;
        const auto add = [&](ConditionPtr one) { made = has("all") ? both(made, one) : either(made, one); };
        if (values.IsSequence()) {
            if (values.size() == 0) file_.fail(at, "an empty list of values");
            for (const YAML::Node& value : values) add(one_value(at, field, has, value));
        } else {
            add(one_value(at, field, has, values));
        }
        return has("neq") ? negate(made) : made;
    }

    template <typename Has>
    ConditionPtr one_value(const YAML::Node& at, const Field& field, const Has& has,
                           const YAML::Node& value) {
        if (value.IsNull()) return negate(rules::exists(field));
        if (!value.IsScalar()) file_.fail(value, "a value is a text, a number, true, false or null");
        const std::string text = value.Scalar();
        const bool is_quoted = value.Tag() == "!";
        if (has("exists")) {
            const bool wanted = text == "true" || text == "True";
            return wanted ? rules::exists(field) : negate(rules::exists(field));
        }
        Condition node{.kind = Condition::Kind::Compare, .field = field, .ignore_case = !has("cased")};
        if (has("fieldref")) {
            Field other;
            std::string problem;
            if (!sigma_field(text, other, problem)) file_.fail(value, problem);
            if (has("contains")) node.op = Op::Contains;
            if (has("startswith")) node.op = Op::StartsWith;
            if (has("endswith")) node.op = Op::EndsWith;
            node.other = std::make_shared<const Field>(std::move(other));
            return finish(std::move(node), value);
        }
        if (has("re")) {
            node.op = Op::Regex;
            node.ignore_case = has("i");
            std::string flags;
            if (has("m")) flags += 'm';
            if (has("s")) flags += 's';
            node.literals = {Literal::of(flags.empty() ? text : "(?" + flags + ")" + text)};
            return finish(std::move(node), value);
        }
        if (has("cidr")) {
            node.op = Op::Cidr;
            node.literals = {Literal::of(text)};
            return finish(std::move(node), value);
        }
        if (has("gt") || has("gte") || has("lt") || has("lte")) {
            Literal literal = number(text);
            if (!literal.is_number) file_.fail(value, "gt, gte, lt and lte compare with a number");
            node.op = has("gt")    ? Op::Greater
                      : has("gte") ? Op::GreaterEqual
                      : has("lt")  ? Op::Less
                                   : Op::LessEqual;
            node.literals = {std::move(literal)};
            return finish(std::move(node), value);
        }
        // A word in place of a code means the authorizer's decision.
        if (field.entry->name == "responseStatus.code" && !text.empty() &&
            std::isalpha(static_cast<unsigned char>(text[0]))) {
            node.field.entry = find_field("annotations");
            node.field.path.steps = {{.key = "authorization.k8s.io/decision"}};
        }
        return encoded(std::move(node), has, text, is_quoted, value, at);
    }

    template <typename Has>
    ConditionPtr encoded(Condition node, const Has& has, const std::string& text, bool is_quoted,
                         const YAML::Node& value, const YAML::Node&) {
        std::vector<std::string> variants{text};
        if (has("windash")) {
            const size_t dash = text.find_first_of("-/");
            if (dash != text.npos) {
                for (const char* other : {"-", "/", "–", "—", "―"}) {
                    variants.push_back(text.substr(0, dash) + other + text.substr(dash + 1));
                }
            }
        }
        const bool encodes = has("base64") || has("base64offset") || has("wide") || has("utf16") ||
                             has("utf16le") || has("utf16be");
        if (encodes) {
            node.ignore_case = false;
            std::string bytes = text;
            if (has("wide") || has("utf16le") || has("utf16")) bytes = utf16(bytes, false);
            if (has("utf16be")) bytes = utf16(bytes, true);
            variants = {bytes};
            if (has("base64")) variants = {base64(bytes)};
            if (has("base64offset")) variants = base64_offsets(bytes);
        }
        const bool contains = has("contains") || has("base64offset");
        ConditionPtr made;
        for (const std::string& variant : variants) {
            Condition one = node;
            const Pattern pattern = encodes ? Pattern{variant, variant, false} : read_pattern(variant);
            if (pattern.has_wildcard) {
                one.op = Op::Glob;
                std::string glob = pattern.glob;
                if (contains || has("endswith")) glob = "*" + glob;
                if (contains || has("startswith")) glob += "*";
                one.literals = {Literal::of(glob)};
            } else {
                one.op = contains            ? Op::Contains
                         : has("startswith") ? Op::StartsWith
                         : has("endswith")   ? Op::EndsWith
                                             : Op::Equal;
                one.literals = {is_quoted ? Literal::of(pattern.plain) : number(pattern.plain)};
            }
            made = either(made, finish(std::move(one), value));
        }
        return made;
    }

    static Literal number(const std::string& text) {
        Literal literal = Literal::of(text);
        const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), literal.number);
        literal.is_number = error == std::errc{} && end == text.data() + text.size() && !text.empty();
        return literal;
    }

    ConditionPtr finish(Condition node, const YAML::Node& at) {
        std::string problem;
        if (!prepare(node, problem)) file_.fail(at, problem);
        return std::make_shared<const Condition>(std::move(node));
    }

    // --- The condition over the selections

    ConditionPtr parse(const YAML::Node& node) {
        if (!node.IsScalar()) file_.fail(node, "a condition is a text");
        at_ = &node;
        words_.clear();
        next_ = 0;
        std::string word;
        const auto end_word = [&] {
            if (!word.empty()) words_.push_back(std::exchange(word, {}));
        };
        for (const char c : node.Scalar()) {
            if (c == '|')
                file_.fail(node, "aggregations (| …) were removed from Sigma: write a correlation rule");
            if (std::isspace(static_cast<unsigned char>(c))) {
                end_word();
            } else if (c == '(' || c == ')') {
                end_word();
                words_.emplace_back(1, c);
            } else {
                word += c;
            }
        }
        end_word();
        ConditionPtr made = disjunction();
        if (next_ < words_.size()) fail("expected and, or, or the end, but found " + words_[next_]);
        return made;
    }

    [[noreturn]] void fail(const std::string& what) const { file_.fail(*at_, "condition: " + what); }

    static bool same(const std::string& word, Text keyword) {
        return word.size() == keyword.size() &&
               std::equal(word.begin(), word.end(), keyword.begin(),
                          [](char a, char b) { return std::tolower(static_cast<unsigned char>(a)) == b; });
    }
    bool take(Text keyword) {
        if (next_ >= words_.size() || !same(words_[next_], keyword)) return false;
        ++next_;
        return true;
    }

    ConditionPtr operand() {
        if (next_ >= words_.size()) fail("expected a selection, but it ends here");
        const std::string word = words_[next_++];
        if (next_ + 1 < words_.size() && same(words_[next_], "of")) {
            ++next_;
            const bool all = same(word, "all");
            if (!all && word != "1" && !same(word, "any")) fail("before `of` stands 1, any or all");
            return some_of(words_[next_++], all);
        }
        const auto found = selections_.find(word);
        if (found == selections_.end()) {
            std::vector<Text> names;
            for (const auto& [name, selection] : selections_) names.push_back(name);
            fail("there is no selection " + word + did_you_mean(word, names));
        }
        return found->second;
    }
    ConditionPtr some_of(const std::string& pattern, bool all) {
        ConditionPtr made;
        for (const auto& [name, one] : selections_) {
            if (same(pattern, "them") ? name.starts_with('_') : !audit::glob_match(pattern, name)) continue;
            made = all ? both(made, one) : either(made, one);
        }
        if (!made) fail("no selection is called " + pattern);
        return made;
    }

    const YamlFile& file_;
    const YAML::Node node_;
    std::map<std::string, ConditionPtr> selections_;
    const YAML::Node* at_ = nullptr;
    std::vector<std::string> words_;
    size_t next_ = 0;
};

}  // namespace

bool sigma_field(Text name, Field& out, std::string& problem) {
    for (const Text prefix : {"kubernetes.audit.", "audit."}) {
        if (name.starts_with(prefix)) name.remove_prefix(prefix.size());
    }
    for (const FieldAlias& alias : kAliases) {
        if (alias.name == name) name = alias.ours;
    }
    for (const Text keyed : {"annotations.", "user.extra.", "impersonatedUser.extra."}) {
        if (!name.starts_with(keyed) || name.size() == keyed.size()) continue;
        out = {find_field(keyed.substr(0, keyed.size() - 1)), {}};
        std::string key;
        for (const char c : name.substr(keyed.size())) {
            if (c != '\\') key += c;
        }
        out.path.steps.push_back({.key = std::move(key)});
        return true;
    }
    Text rest = name;
    if (!read_field(rest, out, problem)) {
        std::vector<Text> names = field_names();
        for (const FieldAlias& alias : kAliases) names.push_back(alias.name);
        problem = "unknown field " + std::string(name) + did_you_mean(name, names);
        return false;
    }
    if (rest.empty()) return true;
    problem = "unexpected " + std::string(rest) + " after the field";
    return false;
}

ConditionPtr sigma_detection(const YamlFile& file, const YAML::Node& detection) {
    return Detection(file, detection).read();
}

}  // namespace redshank::rules
