#include "rules/falco_condition.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "rules/condition_parser.h"
#include "rules/error.h"
#include "rules/falco_fields.h"

namespace redshank::rules {

namespace {

using Text = std::string_view;

constexpr int kMaxDepth = 100;

bool is_blank(char c) {
    return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == '\b';
}
bool is_alpha(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
bool is_word(char c) {
    return is_alpha(c) || (c >= '0' && c <= '9') || c == '_';
}

// [a-zA-Z][a-zA-Z0-9_]*, several joined by dots.
size_t name_length(Text text) {
    size_t end = 0;
    while (end < text.size() && is_alpha(text[end])) {
        while (end < text.size() && is_word(text[end])) ++end;
        if (end + 1 < text.size() && text[end] == '.' && is_alpha(text[end + 1])) {
            ++end;
        } else {
            break;
        }
    }
    return end;
}

// Reads name and [argument] from the front.
bool read_falco_field(Text& text, FalcoField& field, std::string& problem) {
    const size_t length = name_length(text);
    const Text name = text.substr(0, length);
    Text rest = text.substr(length);
    std::string argument;
    if (rest.starts_with('[')) {
        rest.remove_prefix(1);
        size_t end = 0;
        if (rest.starts_with('"') || rest.starts_with('\'')) {
            end = rest.find(rest.front(), 1);
            if (end == rest.npos) {
                problem = "the argument of " + std::string(name) + " has no end";
                return false;
            }
            argument = rest.substr(1, end - 1);
            ++end;
        } else {
            while (end < rest.size() && rest[end] != ']' && !is_blank(rest[end])) ++end;
            argument = rest.substr(0, end);
        }
        if (argument.empty() || end >= rest.size() || rest[end] != ']') {
            problem = "expected an argument and ] after " + std::string(name) + "[";
            return false;
        }
        rest.remove_prefix(end + 1);
    }
    if (!falco_field(name, argument, field, problem)) return false;
    text = rest;
    return true;
}

struct Transformer {
    Text word;
    Transform transform;
};
constexpr std::array kTransformers = {
    Transformer{"tolower", Transform::Lower}, Transformer{"toupper", Transform::Upper},
    Transformer{"b64", Transform::Base64}, Transformer{"basename", Transform::Basename},
    Transformer{"len", Transform::Length}};

const std::vector<Text> kOperators = {"=",          "==",          "!=",         "<",         "<=",
                                      ">",          ">=",          "contains",   "icontains", "bcontains",
                                      "startswith", "bstartswith", "endswith",   "glob",      "iglob",
                                      "regex",      "in",          "intersects", "pmatch",    "exists"};

Literal literal_of(const std::string& text, bool as_number) {
    Literal literal = Literal::of(text);
    if (as_number) {
        const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), literal.number);
        literal.is_number = error == std::errc{} && end == text.data() + text.size();
    }
    return literal;
}

// A comparison of Falco, in which an absent field never holds, not even for !=.
ConditionPtr check(const FalcoField& field, Text op, const std::vector<std::string>& values,
                   bool right_is_field, const FalcoField& right, size_t at) {
    if (op == "exists") return has_value(field.field);
    Condition node{.kind = Condition::Kind::Compare, .field = field.field, .transforms = field.transforms};
    const bool as_number =
        field.is_number || (!field.transforms.empty() && field.transforms.back() == Transform::Length);
    for (const std::string& value : values) node.literals.push_back(literal_of(value, as_number));
    if (right_is_field) {
        if (!right.transforms.empty())
            throw ConditionError(at, "a transformed field cannot stand on the right");
        node.other = std::make_shared<const Field>(right.field);
    }
    ConditionPtr also;
    bool negated = false;
    if (op == "=" || op == "==") {
    } else if (op == "!=") {
        negated = true;
    } else if (op == "<") {
        node.op = Op::Less;
    } else if (op == "<=") {
        node.op = Op::LessEqual;
    } else if (op == ">") {
        node.op = Op::Greater;
    } else if (op == ">=") {
        node.op = Op::GreaterEqual;
    } else if (op == "contains" || op == "icontains") {
        node.op = Op::Contains;
        node.ignore_case = op == "icontains";
    } else if (op == "startswith") {
        node.op = Op::StartsWith;
    } else if (op == "endswith") {
        node.op = Op::EndsWith;
    } else if (op == "glob" || op == "iglob") {
        node.op = Op::Glob;
        node.ignore_case = op == "iglob";
    } else if (op == "regex") {
        node.op = Op::Regex;
        for (Literal& literal : node.literals)
            literal.text = "^(?:" + literal.text + ")$";  // Falco's is a full match
    } else if (op == "in") {
        node.all = field.is_list;
    } else if (op == "intersects") {
    } else if (op == "pmatch") {  // a path, or one below it
        Condition below = node;
        below.op = Op::StartsWith;
        for (Literal& literal : below.literals) {
            if (!literal.text.ends_with('/')) literal.text += '/';
        }
        also = std::make_shared<const Condition>(std::move(below));
    } else if (op == "bcontains" || op == "bstartswith") {
        throw ConditionError(at, std::string(op) +
                                     " compares bytes, and fields of audit events are text: use " +
                                     std::string(op.substr(1)));
    } else {
        throw ConditionError(at, "unknown operator " + std::string(op) + did_you_mean(op, kOperators));
    }
    std::string problem;
    if (!prepare(node, problem)) throw ConditionError(at, problem);
    if (node.literals.empty() && !node.other) return constant(false);  // an empty list
    ConditionPtr made = std::make_shared<const Condition>(std::move(node));
    if (also) made = either(made, also);
    return negated ? both(has_value(field.field), negate(made)) : made;
}

class Parser {
  public:
    Parser(Text text, const FalcoNames& names) : text_(text), rest_(text), names_(names) {}

    ConditionPtr whole() {
        ConditionPtr made = disjunction();
        skip();
        if (!rest_.empty()) fail("expected and, or, or the end");
        if (made->weight > kMaxWeight) fail("the condition is too large");
        return made;
    }

  private:
    size_t at() const { return text_.size() - rest_.size(); }
    [[noreturn]] void fail(const std::string& what) const { throw ConditionError(at(), what); }
    void skip() {
        while (!rest_.empty() && is_blank(rest_.front())) rest_.remove_prefix(1);
    }
    // A word that ends at a blank, a parenthesis or the end.
    bool take_word(Text word) {
        skip();
        if (!rest_.starts_with(word)) return false;
        if (rest_.size() > word.size() && !is_blank(rest_[word.size()]) && rest_[word.size()] != '(')
            return false;
        rest_.remove_prefix(word.size());
        return true;
    }
    bool take(char c) {
        skip();
        if (!rest_.starts_with(c)) return false;
        rest_.remove_prefix(1);
        return true;
    }

    ConditionPtr disjunction() {
        ConditionPtr left = conjunction();
        while (take_word("or")) left = either(left, conjunction());
        return left;
    }
    ConditionPtr conjunction() {
        ConditionPtr left = term();
        while (take_word("and")) left = both(left, term());
        return left;
    }

    ConditionPtr term() {
        if (++depth_ > kMaxDepth) fail("nested too deeply");
        ConditionPtr made = deep_term();
        --depth_;
        return made;
    }

    ConditionPtr deep_term() {
        skip();
        if (take_word("not")) return negate(term());
        if (take('(')) {
            ConditionPtr inside = disjunction();
            if (!take(')')) fail("expected )");
            return inside;
        }
        const size_t start = at();
        const size_t length = name_length(rest_);
        if (length == 0) fail("expected a field, a macro or (");
        const Text name = rest_.substr(0, length);
        const bool is_call = rest_.size() > length && rest_[length] == '(';
        if (name.find('.') == name.npos && !is_call) {
            rest_.remove_prefix(length);
            return names_.macro(name, start);
        }
        const FalcoField left = operand();
        return comparison(left, start);
    }

    // A field, maybe inside transformers: tolower(ka.user.name).
    FalcoField operand() {
        skip();
        const Text name = rest_.substr(0, name_length(rest_));
        if (rest_.size() > name.size() && rest_[name.size()] == '(') {
            const auto known = std::find_if(kTransformers.begin(), kTransformers.end(),
                                            [&](const Transformer& one) { return one.word == name; });
            if (known == kTransformers.end() && name != "val") {
                std::vector<Text> words{"val"};
                for (const Transformer& one : kTransformers) words.push_back(one.word);
                fail("unknown transformer " + std::string(name) + did_you_mean(name, words));
            }
            if (++depth_ > kMaxDepth) fail("nested too deeply");
            rest_.remove_prefix(name.size() + 1);
            FalcoField inner = operand();
            --depth_;
            if (!take(')')) fail("expected ) after " + std::string(name) + "(…");
            if (name != "val") inner.transforms.push_back(known->transform);
            return inner;
        }
        FalcoField field;
        std::string problem;
        Text rest = rest_;
        if (!read_falco_field(rest, field, problem)) fail(problem);
        rest_ = rest;
        return field;
    }

    ConditionPtr comparison(const FalcoField& left, size_t start) {
        const Text op = read_operator();
        std::vector<std::string> values;
        FalcoField right;
        bool right_is_field = false;
        if (op == "in" || op == "intersects" || op == "pmatch") {
            values = list();
        } else if (op != "exists") {
            skip();
            const size_t length = name_length(rest_);
            const Text name = rest_.substr(0, length);
            right_is_field =
                rest_.size() > length && rest_[length] == '(' &&
                (name == "val" || std::any_of(kTransformers.begin(), kTransformers.end(),
                                              [&](const Transformer& one) { return one.word == name; }));
            if (right_is_field) {
                right = operand();
            } else {
                values.push_back(value());
            }
        }
        return check(left, op, values, right_is_field, right, start);
    }

    Text read_operator() {
        skip();
        for (const Text symbol : {"==", "=", "!=", "<=", "<", ">=", ">"}) {
            if (!rest_.starts_with(symbol)) continue;
            rest_.remove_prefix(symbol.size());
            return symbol;
        }
        size_t length = 0;
        while (length < rest_.size() && is_alpha(rest_[length])) ++length;
        const Text word = rest_.substr(0, length);
        const auto known = std::find(kOperators.begin(), kOperators.end(), word);
        if (known == kOperators.end()) {
            fail("expected an operator" +
                 (word.empty() ? "" : ", but found " + std::string(word) + did_you_mean(word, kOperators)));
        }
        rest_.remove_prefix(length);
        return *known;
    }

    std::string value() {
        skip();
        if (rest_.empty()) fail("expected a value");
        const char quote = rest_.front();
        if (quote == '"' || quote == '\'') {
            std::string out;
            for (size_t i = 1; i < rest_.size(); ++i) {
                if (rest_[i] == quote) {
                    rest_.remove_prefix(i + 1);
                    return out;
                }
                if (rest_[i] == '\\' && i + 1 < rest_.size()) {
                    const char next = rest_[++i];
                    const Text escapes = "bfnrtv", meant = "\b\f\n\r\t\v";
                    const size_t known = escapes.find(next);
                    if (known != escapes.npos) {
                        out += meant[known];
                    } else if (next == '"' || next == '\'' || next == '\\') {
                        out += next;
                    } else {
                        out += '\\';
                        out += next;
                    }
                    continue;
                }
                out += rest_[i];
            }
            fail("the text that begins here has no end");
        }
        size_t length = 0;
        while (length < rest_.size() && !is_blank(rest_[length]) &&
               Text("()\"'=,").find(rest_[length]) == Text::npos) {
            ++length;
        }
        if (length == 0) fail("expected a value");
        const std::string out(rest_.substr(0, length));
        rest_.remove_prefix(length);
        return out;
    }

    std::vector<std::string> list() {
        std::vector<std::string> out;
        const auto add = [&](const std::string& item, bool must_be_list) {
            const std::vector<std::string>* named = names_.list(item);
            if (named == nullptr && must_be_list) fail("there is no list " + item);
            if (named == nullptr) {
                out.push_back(item);
            } else {
                out.insert(out.end(), named->begin(), named->end());
            }
        };
        if (!take('(')) {
            add(value(), true);
            return out;
        }
        while (!take(')')) {
            skip();
            const bool is_quoted = rest_.starts_with('"') || rest_.starts_with('\'');
            const std::string item = value();
            if (is_quoted) {
                out.push_back(item);
            } else {
                add(item, false);
            }
            if (!take(',')) {
                if (!take(')')) fail("expected , or ) in the list");
                break;
            }
        }
        return out;
    }

    Text text_, rest_;
    const FalcoNames& names_;
    int depth_ = 0;
};

}  // namespace

ConditionPtr parse_falco_condition(Text text, const FalcoNames& names) {
    return Parser(text, names).whole();
}

ConditionPtr falco_check(Text field, Text op, const std::vector<std::string>& values,
                         const FalcoNames& names) {
    FalcoField left;
    std::string problem;
    Text rest = field;
    if (!read_falco_field(rest, left, problem)) throw ConditionError(0, problem);
    if (!rest.empty()) throw ConditionError(0, std::string(field) + " is no field");
    std::vector<std::string> all;
    for (const std::string& value : values) {
        const std::vector<std::string>* named = names.list(value);
        if (named == nullptr) {
            all.push_back(value);
        } else {
            all.insert(all.end(), named->begin(), named->end());
        }
    }
    return check(left, op, all, false, {}, 0);
}

Template parse_falco_output(Text text) {
    Template made;
    for (size_t at = 0; at < text.size();) {
        const size_t mark = std::min(text.find('%', at), text.size());
        made.add(text.substr(at, mark - at));
        at = mark;
        if (at == text.size()) break;
        if (text.substr(at).starts_with("%%")) {
            made.add("%");
            at += 2;
            continue;
        }
        Text rest = text.substr(at + 1);
        if (name_length(rest) == 0) {  // a percent sign by itself
            made.add("%");
            ++at;
            continue;
        }
        FalcoField field;
        std::string problem;
        const size_t before = rest.size();
        if (!read_falco_field(rest, field, problem)) throw ConditionError(at + 1, problem);
        made.add(field.field);
        at += 1 + before - rest.size();
    }
    return made;
}

}  // namespace redshank::rules
