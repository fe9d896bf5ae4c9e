#include "rules/falco_condition.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>

#include "rules/boolean_grammar.h"
#include "rules/condition_parser.h"
#include "rules/error.h"
#include "rules/falco_computed.h"
#include "rules/falco_fields.h"
#include "rules/falco_text.h"

namespace redshank::rules {

namespace {

using Text = std::string_view;

struct Transformer {
    Text word;
    Transform transform;
};
constexpr std::array kTransformers = {
    Transformer{"tolower", Transform::Lower}, Transformer{"toupper", Transform::Upper},
    Transformer{"b64", Transform::Base64}, Transformer{"basename", Transform::Basename},
    Transformer{"len", Transform::Length}};

struct Operator {
    Text word;
    Op op = Op::Equal;
    bool ignore_case = false;
};
constexpr std::array kOperators = {
    Operator{"="}, Operator{"=="}, Operator{"!="}, Operator{"<", Op::Less}, Operator{"<=", Op::LessEqual},
    Operator{">", Op::Greater}, Operator{">=", Op::GreaterEqual}, Operator{"contains", Op::Contains},
    Operator{"icontains", Op::Contains, true}, Operator{"startswith", Op::StartsWith},
    Operator{"endswith", Op::EndsWith}, Operator{"glob", Op::Glob}, Operator{"iglob", Op::Glob, true},
    Operator{"regex", Op::Regex}, Operator{"in"}, Operator{"intersects"}, Operator{"pmatch", Op::PathPrefix},
    Operator{"exists"},
    // These work on byte buffers, which audit events do not have.
    Operator{"bcontains"}, Operator{"bstartswith"}};

class FalcoParser : public BooleanGrammar<FalcoParser> {
  public:
    FalcoParser(Text text, const FalcoNames& names) : text_(text), rest_(text), names_(names) {}

    ConditionPtr whole() {
        ConditionPtr made = disjunction();
        skip();
        if (!rest_.empty()) fail("expected and, or, or the end");
        if (made->weight > kMaxWeight) fail("the condition is too large");
        return made;
    }

    // Parses FIELD, or FIELD inside transformers: tolower(ka.user.name).
    FalcoField field() {
        const Deeper deeper(*this);
        skip();
        const Text name = rest_.substr(0, falco_name_length(rest_));
        FalcoField found;
        std::string problem;
        if (rest_.size() == name.size() || rest_[name.size()] != '(') {
            if (!read_falco_field(rest_, found, problem)) fail(problem);
            if (!found.warning.empty() && names_.warn) names_.warn(found.warning);
            return found;
        }
        if (is_falco_computed(name)) return computed(name);
        const Transformer* known = transformer(name);
        if (known == nullptr && name != "val") {
            std::vector<Text> words{"val", "concat", "join", "getopt"};
            for (const Transformer& one : kTransformers) words.push_back(one.word);
            fail("unknown transformer " + std::string(name) + did_you_mean(name, words));
        }
        rest_.remove_prefix(name.size() + 1);
        found = field();
        if (!take(")")) fail("expected ) after " + std::string(name) + "(…");
        if (known != nullptr && !found.transform(known->transform, problem)) fail(problem);
        return found;
    }
    Text rest() const { return rest_; }

  private:
    friend class BooleanGrammar<FalcoParser>;

    size_t at() const { return text_.size() - rest_.size(); }
    [[noreturn]] void fail(const std::string& what) const { throw ConditionError(at(), what); }
    void skip() {
        while (!rest_.empty() && is_falco_blank(rest_.front())) rest_.remove_prefix(1);
    }
    // Takes a parenthesis, a comma, or a word that ends at a blank or (.
    bool take(Text word) {
        skip();
        if (!rest_.starts_with(word)) return false;
        const bool is_sign = word == "(" || word == ")" || word == ",";
        if (!is_sign && rest_.size() > word.size() && !is_falco_blank(rest_[word.size()]) &&
            rest_[word.size()] != '(') {
            return false;
        }
        rest_.remove_prefix(word.size());
        return true;
    }

    // A text in quotes, a number, or a field.
    FalcoArgument item() {
        skip();
        if (rest_.starts_with('"') || rest_.starts_with('\'')) return {.field = {}, .text = quoted_value()};
        if (rest_.empty() || std::isdigit(static_cast<unsigned char>(rest_.front())) == 0)
            return {.field = field(), .text = {}};
        const std::string number(rest_.substr(0, rest_.find_first_not_of("0123456789.xabcdefABCDEF")));
        rest_.remove_prefix(number.size());
        return {.field = {}, .text = number};
    }

    // An argument of concat, join or getopt: an item, or several in parentheses, which are a list.
    FalcoArgument argument() {
        if (!take("(")) return item();
        std::vector<FalcoArgument> items;
        while (!take(")")) {
            if (!items.empty() && !take(",")) fail("expected , or ) in the list");
            items.push_back(item());
            if (items.back().field.is_list) fail("a list in parentheses holds fields with one value");
        }
        return make_falco_list(std::move(items));
    }

    // Parses concat(FIELD or "text", …), join("text", LIST) or getopt(LIST, "abc:")[x].
    FalcoField computed(Text name) {
        const size_t start = at();
        std::vector<FalcoArgument> arguments;
        rest_.remove_prefix(name.size() + 1);
        do arguments.push_back(argument());
        while (take(","));
        if (!take(")")) fail("expected , or ) after " + std::string(name) + "(…");
        FalcoField made;
        std::string problem;
        if (!make_falco_computed(name, std::move(arguments), selector(), made, problem))
            throw ConditionError(start, problem);
        return made;
    }

    // Reads [x] after a call; "" when there is none.
    std::string selector() {
        if (!rest_.starts_with('[')) return {};
        const size_t end = rest_.find(']');
        if (end == rest_.npos) fail("expected ]");
        std::string inside(rest_.substr(1, end - 1));
        rest_.remove_prefix(end + 1);
        if (inside.size() > 2 && inside.front() == inside.back() && (inside[0] == '"' || inside[0] == '\''))
            inside = inside.substr(1, inside.size() - 2);
        if (inside.empty()) fail("expected an option between [ and ]");
        return inside;
    }

    static const Transformer* transformer(Text name) {
        const auto known = std::find_if(kTransformers.begin(), kTransformers.end(),
                                        [&](const Transformer& one) { return one.word == name; });
        return known == kTransformers.end() ? nullptr : &*known;
    }

    ConditionPtr operand() {
        skip();
        const size_t start = at(), length = falco_name_length(rest_);
        if (length == 0) fail("expected a field, a macro or (");
        const Text name = rest_.substr(0, length);
        const bool is_call = rest_.size() > length && rest_[length] == '(';
        if (name.find('.') == name.npos && !is_call) {
            rest_.remove_prefix(length);
            return names_.macro(name, start);
        }
        const FalcoField left = field();
        return comparison(left);
    }

    // Parses a comparison. A field without a value fails every comparison, != included.
    ConditionPtr comparison(const FalcoField& left) {
        const size_t start = at();
        const Operator& known = read_operator();
        if (known.word == "exists") return has_value(left.field);
        if (known.word == "bcontains" || known.word == "bstartswith") {
            throw ConditionError(start, std::string(known.word) +
                                            " compares bytes, and fields of audit events are text: use " +
                                            std::string(known.word.substr(1)));
        }
        const bool of_lists = known.word == "in" || known.word == "intersects";
        if (left.is_list && !of_lists) {
            throw ConditionError(start, "the field is a list: compare it with in, intersects or exists");
        }
        const bool ordered = known.op >= Op::Less && known.op <= Op::GreaterEqual;
        if (left.is_number && known.op != Op::Equal && !ordered) {
            throw ConditionError(start, "the field is a number: compare it with =, !=, <, <=, >, >= or in");
        }
        Condition node{.kind = Condition::Kind::Compare,
                       .field = left.field,
                       .op = known.op,
                       .ignore_case = known.ignore_case,
                       .posix = true,
                       .all = known.word == "in" && left.is_list,
                       .transforms = left.transforms};
        if (const Text modifier = read_modifier(known); !modifier.empty())
            return modified(std::move(node), known, modifier, start);
        skip();
        const Text word = rest_.substr(0, falco_name_length(rest_));
        const bool is_field = rest_.size() > word.size() && rest_[word.size()] == '(' && !word.empty();
        if (is_field && (word == "val" || is_falco_computed(word) || transformer(word) != nullptr)) {
            const FalcoField right = field();
            if (right.is_list != left.is_list || right.is_number != left.is_number)
                fail("the two fields are of different types");
            node.other = std::make_shared<const Field>(right.field);
            node.other_transforms = right.transforms;
        } else if (of_lists || known.word == "pmatch") {
            add_literals(node, list(), left.is_number);
        } else {
            add_literals(node, {value()}, left.is_number || ordered);
            if (!left.is_number) node.literals.front().is_number = false;  // Falco: as text
        }
        return finish(std::move(node), known.word == "!=", start);
    }

    // Reads oneof, anyof or allof before a list; "" when there is none.
    Text read_modifier(const Operator& before) {
        skip();
        const Text word = rest_.substr(0, falco_name_length(rest_));
        if (word != "oneof" && word != "anyof" && word != "allof") return {};
        Text behind = rest_.substr(word.size());
        while (!behind.empty() && is_falco_blank(behind.front())) behind.remove_prefix(1);
        if (Text name = behind; !behind.starts_with('(') && names_.list(read_falco_bare(name)) == nullptr)
            return {};  // the word itself is the value
        const bool is_ordered = before.op >= Op::Less && before.op <= Op::GreaterEqual;
        if (is_ordered || is_falco_set_operator(before.word))
            fail(std::string(before.word) + " takes no " + std::string(word));
        rest_ = behind;
        return word;
    }

    // Makes one comparison for each value of the list.
    ConditionPtr modified(Condition node, const Operator& known, Text modifier, size_t start) {
        const bool negated = known.word == "!=";
        const std::vector<std::string> values = list();
        if (modifier == "anyof" && !negated) {
            add_literals(node, values, node.field.entry->type == FieldType::Number);
            return finish(std::move(node), false, start);
        }
        std::vector<ConditionPtr> parts;
        for (const std::string& value : values) {
            Condition one = node;
            add_literals(one, {value}, node.field.entry->type == FieldType::Number);
            parts.push_back(finish(std::move(one), negated, start));
        }
        if (parts.empty()) return constant(false);
        if (modifier == "oneof") return exactly_one(std::move(parts));
        ConditionPtr all = parts.front();
        for (size_t i = 1; i < parts.size(); ++i)
            all = modifier == "allof" ? both(all, parts[i]) : either(all, parts[i]);
        return all;
    }

    void add_literals(Condition& node, const std::vector<std::string>& values, bool as_number) {
        for (const std::string& value : values) {
            Literal literal = Literal::of(value);
            if (as_number && !(literal.is_number = read_falco_number(value, literal.number)))
                fail("expected a number, but found " + value);
            node.literals.push_back(std::move(literal));
        }
    }

    ConditionPtr finish(Condition node, bool negated, size_t start) {
        if (node.literals.empty() && !node.other) return constant(false);  // an empty list
        std::string problem;
        if (!prepare(node, problem)) throw ConditionError(start, problem);
        ConditionPtr there = negated ? has_value(node.field) : nullptr;
        if (negated && node.other) there = both(there, has_value(*node.other));
        ConditionPtr made = std::make_shared<const Condition>(std::move(node));
        return negated ? both(there, negate(made)) : made;
    }

    const Operator& read_operator() {
        skip();
        size_t length = 0;
        for (const Text symbol : {"==", "!=", "<=", ">=", "=", "<", ">"}) {
            if (length == 0 && rest_.starts_with(symbol)) length = symbol.size();
        }
        if (length == 0) {
            while (length < rest_.size() && std::isalpha(static_cast<unsigned char>(rest_[length]))) ++length;
        }
        const Text word = rest_.substr(0, length);
        const auto known = std::find_if(kOperators.begin(), kOperators.end(),
                                        [&](const Operator& one) { return one.word == word; });
        if (known == kOperators.end()) {
            std::vector<Text> words;
            for (const Operator& one : kOperators) words.push_back(one.word);
            fail("expected an operator" +
                 (word.empty() ? "" : ", but found " + std::string(word) + did_you_mean(word, words)));
        }
        rest_.remove_prefix(length);
        return *known;
    }

    // Reads one value. The name of a list with one item stands for that item.
    std::string value() {
        skip();
        if (rest_.empty()) fail("expected a value");
        if (rest_.front() == '"' || rest_.front() == '\'') return quoted_value();
        std::string out = read_falco_bare(rest_);
        if (out.empty()) fail("expected a value");
        const std::vector<std::string>* named = names_.list(out);
        if (named == nullptr) return out;
        if (named->size() != 1) fail("the list " + out + " has not one item: use in (" + out + ")");
        return named->front();
    }

    std::string quoted_value() {
        std::string problem;
        Text rest = rest_;
        std::string out = read_falco_quoted(rest, problem);
        if (!problem.empty()) fail(problem);
        rest_ = rest;
        return out;
    }

    std::vector<std::string> list() {
        std::vector<std::string> out;
        if (!take("(")) {
            const std::string name = read_falco_bare(rest_);
            const std::vector<std::string>* named = names_.list(name);
            if (named == nullptr) fail("there is no list " + name);
            return *named;
        }
        while (!take(")")) {
            skip();
            if (rest_.starts_with('"') || rest_.starts_with('\'')) {
                out.push_back(quoted_value());
            } else {
                const std::string item = read_falco_bare(rest_);
                if (item.empty()) fail("expected a value or )");
                const std::vector<std::string>* named = names_.list(item);
                if (named == nullptr) {
                    out.push_back(item);
                } else {
                    out.insert(out.end(), named->begin(), named->end());
                }
            }
            if (take(",")) continue;
            if (!take(")")) fail("expected , or ) in the list");
            break;
        }
        return out;
    }

    Text text_, rest_;
    const FalcoNames& names_;
};

}  // namespace

ConditionPtr parse_falco_condition(Text text, const FalcoNames& names) {
    return FalcoParser(text, names).whole();
}

Template parse_falco_output(Text text) {
    static const FalcoNames kNoNames;
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
        size_t width = 0;
        const char* digits = std::from_chars(rest.data(), rest.data() + rest.size(), width).ptr;
        rest.remove_prefix(static_cast<size_t>(digits - rest.data()));
        if (falco_name_length(rest) == 0) {  // a percent sign that begins no field
            made.add("%");
            ++at;
            continue;
        }
        FalcoParser parser(rest, kNoNames);
        FalcoField field;
        try {
            field = parser.field();
        } catch (const ConditionError& error) {
            throw ConditionError(text.size() - rest.size() + error.at, error.what());
        }
        made.add(Template::Shown{.field = field.field,
                                 .transforms = field.transforms,
                                 .is_list = field.is_list,
                                 .width = std::min<size_t>(width, 1000)});
        at = text.size() - parser.rest().size();
    }
    return made;
}

}  // namespace redshank::rules
