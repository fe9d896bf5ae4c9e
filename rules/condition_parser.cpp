#include "rules/condition_parser.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

#include "rules/boolean_grammar.h"
#include "rules/error.h"

namespace redshank::rules {

namespace {

struct OpWord {
    std::string_view word;
    Op op;
    bool ignore_case;
};
// A word that is a prefix of another stands after it.
constexpr std::array kOps = {
    OpWord{"<=", Op::LessEqual, false},
    OpWord{">=", Op::GreaterEqual, false},
    OpWord{"<", Op::Less, false},
    OpWord{">", Op::Greater, false},
    OpWord{"contains", Op::Contains, false},
    OpWord{"icontains", Op::Contains, true},
    OpWord{"startswith", Op::StartsWith, false},
    OpWord{"endswith", Op::EndsWith, false},
    OpWord{"glob", Op::Glob, false},
    OpWord{"iglob", Op::Glob, true},
    OpWord{"regex", Op::Regex, false},
    OpWord{"cidr", Op::Cidr, false},
    OpWord{"intersects", Op::Equal, false},
    OpWord{"in", Op::Equal, false},
};
const std::vector<std::string_view> kOpNames = {
    "=",    "!=",    "<",     "<=",   ">",      ">=",         "in",       "not in",    "contains",
    "glob", "iglob", "regex", "cidr", "exists", "startswith", "endswith", "icontains", "intersects"};

// True when the condition uses .FIELD outside of a has (…) of its own.
bool asks_item(const Condition& condition) {
    if (condition.field.entry != nullptr)
        return condition.field.entry->name.empty() ||
               (condition.other && condition.other->entry->name.empty());
    return std::any_of(condition.parts.begin(), condition.parts.end(),
                       [](const ConditionPtr& part) { return asks_item(*part); });
}

class Parser : public BooleanGrammar<Parser> {
  public:
    Parser(std::string_view text, const Definitions* definitions, int scopes = 0)
        : text_(text), rest_(text), definitions_(definitions), scopes_(scopes) {}

    ConditionPtr whole() {
        ConditionPtr condition = disjunction();
        skip();
        if (!rest_.empty()) {
            const std::string next(peek_word().empty() ? rest_.substr(0, 1) : peek_word());
            fail("expected and, or, or the end, but found " + next);
        }
        if (condition->weight > kMaxWeight) fail("the condition is too large");
        return condition;
    }

  private:
    friend class BooleanGrammar<Parser>;

    [[noreturn]] void fail(const std::string& what) const { throw ConditionError(at(), what); }
    size_t at() const { return text_.size() - rest_.size(); }

    void skip() {
        while (!rest_.empty()) {
            if (rest_.front() == '#') {
                rest_.remove_prefix(std::min(rest_.find('\n'), rest_.size()));
            } else if (rest_.front() == ' ' || rest_.front() == '\n' || rest_.front() == '\t' ||
                       rest_.front() == '\r') {
                rest_.remove_prefix(1);
            } else {
                return;
            }
        }
    }

    std::string_view peek_word() {
        skip();
        size_t end = 0;
        while (end < rest_.size() && is_key_char(rest_[end])) ++end;
        // "any.thing" is a field, not the word any.
        if (end < rest_.size() && rest_[end] == '.') return {};
        return rest_.substr(0, end);
    }

    bool take_word(std::string_view word) {
        if (peek_word() != word) return false;
        rest_.remove_prefix(word.size());
        return true;
    }

    bool take(char c) {
        skip();
        if (rest_.empty() || rest_.front() != c) return false;
        rest_.remove_prefix(1);
        return true;
    }

    // Takes a word of the grammar, or a parenthesis.
    bool take(std::string_view word) {
        return is_key_char(word.front()) ? take_word(word) : take(word.front());
    }

    ConditionPtr operand() {
        skip();
        if (rest_.starts_with('@')) return defined();
        if (take_word("true")) return constant(true);
        if (take_word("false")) return constant(false);
        if (take_word("any")) return quantified(false);
        if (take_word("all")) return quantified(true);
        return comparison(false);
    }

    // Parses @name, a condition of [define].
    ConditionPtr defined() {
        std::string_view name = rest_.substr(1);
        name = name.substr(
            0, static_cast<size_t>(std::find_if_not(name.begin(), name.end(), is_key_char) - name.begin()));
        if (definitions_ != nullptr) {
            const auto found = definitions_->find(name);
            if (found != definitions_->end()) {
                if (scopes_ == 0 && asks_item(*found->second))
                    fail("@" + std::string(name) +
                         " asks for .FIELD of an item: it stands inside of has (…)");
                rest_.remove_prefix(name.size() + 1);
                return found->second;
            }
        }
        std::vector<std::string_view> known;
        if (definitions_ != nullptr) {
            for (const auto& [key, condition] : *definitions_) known.push_back(key);
        }
        fail("@" + std::string(name) + " is not defined above" + did_you_mean(name, known));
    }

    Field field() {
        skip();
        if (rest_.empty()) fail("expected a field, but the condition ends here");
        if (rest_.front() == '"' || rest_.front() == '\'')
            fail("expected a field; a text stands right of an operator");
        Field found;
        std::string problem;
        std::string_view rest = rest_;
        if (!read_field(rest, found, problem, scopes_ > 0)) {
            if (problem == "unknown field ")
                problem = "expected a field, but found " + std::string(1, rest_.front());
            fail(problem);
        }
        rest_ = rest;
        return found;
    }

    ConditionPtr quantified(bool all) {
        std::string_view before = rest_;
        Field what = field();
        if (!take_word("has")) {
            rest_ = before;
            return comparison(all);
        }
        if (what.entry->argument != Argument::Path) fail(what.to_string() + " has no items to look into");
        if (!take('(')) fail("expected ( after has");
        ++scopes_;
        Condition node{.kind = Condition::Kind::Has, .parts = {disjunction()}, .field = what, .all = all};
        node.scope = body_of(*what.entry);
        node.weight = 10 * node.parts.front()->weight;
        --scopes_;
        if (!take(')')) fail("expected )");
        return std::make_shared<const Condition>(std::move(node));
    }

    // Parses FIELD, FIELD exists, FIELD OP value, or FIELD not in (…).
    ConditionPtr comparison(bool all) {
        skip();
        const std::string_view start = rest_;
        Field left = field();
        const FieldType type = left.entry->type;
        if (take_word("exists")) return exists(std::move(left));
        bool negated = false;
        Condition node{.kind = Condition::Kind::Compare, .field = left, .all = all};
        if (!read_operator(node, negated)) {
            if (type == FieldType::Bool || type == FieldType::Any) {
                const std::string_view word = peek_word();
                if (word.empty() || word == "and" || word == "or") {
                    node.literals = {Literal::of("true")};
                    return finish(std::move(node), start, false);
                }
            }
            const std::string found(peek_word());
            fail("expected an operator after " + left.to_string() +
                 (found.empty() ? "" : ", but found " + found + did_you_mean(found, kOpNames)));
        }
        read_right_side(node);
        check_types(node, start);
        return finish(std::move(node), start, negated);
    }

    bool read_operator(Condition& node, bool& negated) {
        skip();
        if (rest_.starts_with("!=")) {
            rest_.remove_prefix(2);
            negated = true;
            return true;
        }
        if (rest_.starts_with("==")) {
            rest_.remove_prefix(2);
            return true;
        }
        if (take('=')) return true;
        std::string_view before = rest_;
        if (take_word("not")) negated = true;
        for (const OpWord& known : kOps) {
            const bool is_word = is_key_char(known.word.front());
            if (is_word ? !take_word(known.word) : (skip(), !rest_.starts_with(known.word))) continue;
            if (!is_word) rest_.remove_prefix(known.word.size());
            node.op = known.op;
            node.ignore_case = known.ignore_case;
            return true;
        }
        negated = false;
        rest_ = before;
        return false;
    }

    void read_right_side(Condition& node) {
        skip();
        if (take('(') || take('[')) {
            do {
                skip();
                if (rest_.starts_with(')') || rest_.starts_with(']')) break;  // a comma may end the list
                node.literals.push_back(literal());
            } while (take(','));
            if (!take(')') && !take(']')) fail("expected , or ) in the list");
            if (node.literals.empty()) fail("an empty list matches nothing");
            return;
        }
        if (!rest_.empty() &&
            (std::isalpha(static_cast<unsigned char>(rest_.front())) || rest_.front() == '.') &&
            peek_word() != "true" && peek_word() != "false") {
            const std::string_view before = rest_;
            Field right;
            std::string problem;
            if (!read_field(rest_, right, problem, scopes_ > 0)) {
                rest_ = before;
                fail("a text is written in quotes; and as a field: " + problem);
            }
            node.other = std::make_shared<const Field>(std::move(right));
            return;
        }
        node.literals.push_back(literal());
    }

    Literal literal() {
        skip();
        if (rest_.empty()) fail("expected a value, but the condition ends here");
        const char first = rest_.front();
        if (first == '"' || first == '\'') return Literal::of(quoted(first));
        if (take_word("true")) return Literal::of("true");
        if (take_word("false")) return Literal::of("false");
        double number = 0;
        const auto [end, error] = std::from_chars(rest_.data(), rest_.data() + rest_.size(), number);
        const size_t length = static_cast<size_t>(end - rest_.data());
        if (error != std::errc{} || length == 0 || (length < rest_.size() && is_key_char(rest_[length]))) {
            fail("expected a value: a text in quotes, a number, true or false");
        }
        Literal value{std::string(rest_.substr(0, length)), true, number};
        rest_.remove_prefix(length);
        return value;
    }

    // A text in double quotes knows the escapes of quote, backslash, newline and tab; one in single quotes
    // knows none.
    std::string quoted(char quote) {
        std::string out;
        for (size_t i = 1; i < rest_.size(); ++i) {
            char c = rest_[i];
            if (c == quote) {
                rest_.remove_prefix(i + 1);
                return out;
            }
            if (c == '\\' && quote == '"' && i + 1 < rest_.size()) {
                c = rest_[++i];
                if (c == 'n') c = '\n';
                if (c == 't') c = '\t';
                if (c != '"' && c != '\\' && c != '\n' && c != '\t') out += '\\';  // \d of a regex stays
            }
            out += c;
        }
        fail("the text that begins here has no end");
    }

    void check_types(const Condition& node, std::string_view start) {
        const std::string name = node.field.to_string();
        const FieldType type = node.field.entry->type;
        const auto wrong = [&](const std::string& what) {
            throw ConditionError(text_.size() - start.size(), what);
        };
        const bool ordered = node.op == Op::Less || node.op == Op::LessEqual || node.op == Op::Greater ||
                             node.op == Op::GreaterEqual;
        if (type == FieldType::Number && node.op != Op::Equal && !ordered) {
            wrong(name + " is a number: compare it with =, !=, <, <=, >, >= or in");
        }
        if ((type == FieldType::Text || type == FieldType::Bool) && ordered) {
            wrong(name + " is " + std::string(to_string(type)) + ": it has no order");
        }
        if (type == FieldType::Bool && node.op != Op::Equal)
            wrong(name + " is yes or no: compare it with = or !=");
        for (const Literal& literal : node.literals) {
            if (type == FieldType::Number && !literal.is_number) {
                wrong(name + " is a number: write " + literal.text + " without quotes");
            }
            if (type == FieldType::Text && literal.is_number) {
                wrong(name + " is text: write \"" + literal.text + "\" in quotes");
            }
            if (type == FieldType::Bool && literal.text != "true" && literal.text != "false") {
                wrong(name + " is yes or no: compare it with true or false");
            }
            if (ordered && !literal.is_number) wrong("<, <=, > and >= compare numbers");
        }
    }

    ConditionPtr finish(Condition node, std::string_view start, bool negated) {
        std::string problem;
        if (!prepare(node, problem)) throw ConditionError(text_.size() - start.size(), problem);
        auto condition = std::make_shared<const Condition>(std::move(node));
        return negated ? negate(condition) : condition;
    }

    std::string_view text_, rest_;
    const Definitions* definitions_;
    int scopes_;
};

}  // namespace

ConditionPtr parse_condition(std::string_view text, const Definitions* definitions) {
    return Parser(text, definitions).whole();
}

ConditionPtr parse_definition(std::string_view text, const Definitions& definitions) {
    return Parser(text, &definitions, 1).whole();
}

std::string in_rule_quotes(std::string_view text) {
    std::string out = "\"";
    for (const char c : text) {
        if (c == '"' || c == '\\') out += '\\';
        out += c;
    }
    return out += '"';
}

}  // namespace redshank::rules
