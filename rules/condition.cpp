#include "rules/condition.h"

#include <re2/re2.h>

#include <algorithm>
#include <atomic>
#include <optional>
#include <unordered_set>

#include "audit/glob.h"
#include "audit/normalise/source.h"

namespace redshank::rules {

struct Condition::Prepared {
    struct Hash {
        using is_transparent = void;
        size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
    };
    std::vector<std::unique_ptr<const RE2>> patterns;  // one for each literal, or one for all of them
    std::unordered_set<std::string, Hash, std::equal_to<>> set;  // the literals, when there are many
    std::vector<audit::Network> networks;
    uint64_t memo = 0;  // key for Context::memo(); 0: results are not cached

    bool is_nothing() const { return patterns.empty() && set.empty() && networks.empty() && memo == 0; }
};

namespace {

using Text = std::string_view;

char lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool same(Text a, Text b, bool ignore_case) {
    if (!ignore_case) return a == b;
    return a.size() == b.size() &&
           std::equal(a.begin(), a.end(), b.begin(), [](char x, char y) { return lower(x) == lower(y); });
}

bool contains(Text text, Text part, bool ignore_case) {
    if (!ignore_case) return text.find(part) != text.npos;
    return std::search(text.begin(), text.end(), part.begin(), part.end(),
                       [](char x, char y) { return lower(x) == lower(y); }) != text.end() ||
           part.empty();
}

bool in_any_network(const std::vector<audit::Network>& networks, Text text) {
    const audit::Address address = audit::Address::parse(text);
    return std::any_of(networks.begin(), networks.end(),
                       [&](const audit::Network& network) { return network.contains(address); });
}

// Takes the next folder off a path; empty folders (//) are skipped.
bool next_folder(Text& path, Text& folder) {
    while (path.starts_with('/')) path.remove_prefix(1);
    folder = path.substr(0, path.find('/'));
    path.remove_prefix(folder.size());
    return !folder.empty();
}

bool is_below(Text path, Text prefix) {
    for (Text wanted, folder; next_folder(prefix, wanted);) {
        if (!next_folder(path, folder)) return false;
        const bool is_glob = wanted.find_first_of("?*[") != wanted.npos;
        if (is_glob ? !audit::glob_match(wanted, folder, {.escapes = true, .brackets = true})
                    : wanted != folder) {
            return false;
        }
    }
    return true;
}

bool fits(const Condition& compare, Text text, bool is_number, double number, const Literal& literal,
          size_t at) {
    switch (compare.op) {
        case Op::Equal:
            if (literal.is_number && is_number) return number == literal.number;
            return same(text, literal.text, compare.ignore_case);
        case Op::Less:
            return literal.is_number && is_number ? number < literal.number : text < literal.text;
        case Op::LessEqual:
            return literal.is_number && is_number ? number <= literal.number : text <= literal.text;
        case Op::Greater:
            return literal.is_number && is_number ? number > literal.number : text > literal.text;
        case Op::GreaterEqual:
            return literal.is_number && is_number ? number >= literal.number : text >= literal.text;
        case Op::Contains:
            return contains(text, literal.text, compare.ignore_case);
        case Op::StartsWith:
            return text.size() >= literal.text.size() &&
                   same(text.substr(0, literal.text.size()), literal.text, compare.ignore_case);
        case Op::EndsWith:
            return text.size() >= literal.text.size() &&
                   same(text.substr(text.size() - literal.text.size()), literal.text, compare.ignore_case);
        case Op::Glob:
            return audit::glob_match(
                literal.text, text,
                {.ignore_case = compare.ignore_case, .escapes = true, .brackets = compare.posix});
        case Op::Regex: {
            const re2::StringPiece piece(text.data(), text.size());
            const RE2& pattern = *compare.prepared->patterns[at];
            return compare.posix ? RE2::FullMatch(piece, pattern) : RE2::PartialMatch(piece, pattern);
        }
        case Op::PathPrefix:
            return is_below(text, literal.text);
        case Op::Cidr:  // see in_any_network
            return false;
    }
    return false;
}

bool fits_other(const Condition& compare, Context& context, const Value& value) {
    Values others;
    compare.other->values(context, others);
    apply(compare.other_transforms, context, others);
    return std::any_of(others.begin(), others.end(), [&](const Value& other) {
        const Literal literal{std::string(other.text), other.kind == Value::Kind::Number, other.number};
        return fits(compare, value.text, value.kind == Value::Kind::Number, value.number, literal, 0);
    });
}

bool fits_any(const Condition& compare, Context& context, const Value& value) {
    if (compare.prepared) {
        const Condition::Prepared& is = *compare.prepared;
        if (compare.op == Op::Cidr) return in_any_network(is.networks, value.text);
        if (!is.set.empty()) return is.set.contains(value.text);
        if (compare.op == Op::Contains && !is.patterns.empty()) {
            return RE2::PartialMatch(re2::StringPiece(value.text.data(), value.text.size()),
                                     *is.patterns.front());
        }
    }
    if (compare.other) return fits_other(compare, context, value);
    for (size_t i = 0; i < compare.literals.size(); ++i) {
        if (fits(compare, value.text, value.kind == Value::Kind::Number, value.number, compare.literals[i],
                 i)) {
            return true;
        }
    }
    return false;
}

constexpr size_t kMaxMemoText = 256;

bool test_text(const Condition& compare, Context& context, Text text) {
    if (text.empty()) return false;
    // A few words: most comparisons.
    if (compare.op == Op::Equal && !compare.prepared && !compare.ignore_case && !compare.other) {
        return std::any_of(compare.literals.begin(), compare.literals.end(),
                           [text](const Literal& literal) { return text == literal.text; });
    }
    const Value value = Value::of(text);
    const uint64_t memo = compare.prepared ? compare.prepared->memo : 0;
    if (memo == 0 || text.size() > kMaxMemoText) return fits_any(compare, context, value);
    signed char& known = context.memo(memo, text);
    if (known < 0) known = fits_any(compare, context, value) ? 1 : 0;
    return known == 1;
}

bool test_flag(const Condition& compare, bool truth) {
    const Text text = truth ? "true" : "false";
    return std::any_of(compare.literals.begin(), compare.literals.end(),
                       [&](const Literal& literal) { return literal.text == text; });
}

bool test_number(const Condition& compare, int number) {
    return number != 0 &&
           std::any_of(compare.literals.begin(), compare.literals.end(),
                       [&](const Literal& literal) { return fits(compare, {}, true, number, literal, 0); });
}

// Fast path for fields with one value and no transformer, which most are.
std::optional<bool> test_plain(const Condition& compare, Context& context) {
    const FieldEntry& entry = *compare.field.entry;
    if (!compare.transforms.empty()) return std::nullopt;
    if (entry.text != nullptr) return test_text(compare, context, entry.text(context.event()));
    if (entry.derived != nullptr) return test_text(compare, context, entry.derived(context));
    if (compare.op > Op::GreaterEqual || compare.other || compare.ignore_case) return std::nullopt;
    if (entry.flag != nullptr && compare.op == Op::Equal && !compare.prepared)
        return test_flag(compare, entry.flag(context));
    if (entry.number != nullptr && std::all_of(compare.literals.begin(), compare.literals.end(),
                                               [](const Literal& literal) { return literal.is_number; })) {
        return test_number(compare, entry.number(context.event()));
    }
    return std::nullopt;
}

bool test_compare(const Condition& compare, Context& context) {
    if (const auto plain = test_plain(compare, context)) return *plain;
    Values values;
    compare.field.values(context, values);
    if (!compare.transforms.empty()) apply(compare.transforms, context, values);
    for (const Value& value : values) {
        if (fits_any(compare, context, value) != compare.all) return !compare.all;
    }
    return compare.all && !values.empty();
}

bool test_has(const Condition& has, Context& context) {
    const size_t items = context.open_scope(has.scope, has.field.path);
    bool result = has.all && items > 0;
    for (size_t i = 0; i < items; ++i) {
        context.enter(i);
        if (has.parts.front()->test(context) == has.all) continue;
        result = !has.all;
        break;
    }
    context.leave();
    return result;
}

}  // namespace

std::string_view to_string(Op op) {
    switch (op) {
        case Op::Equal:
            return "=";
        case Op::Less:
            return "<";
        case Op::LessEqual:
            return "<=";
        case Op::Greater:
            return ">";
        case Op::GreaterEqual:
            return ">=";
        case Op::Contains:
            return "contains";
        case Op::StartsWith:
            return "startswith";
        case Op::EndsWith:
            return "endswith";
        case Op::Glob:
            return "glob";
        case Op::Regex:
            return "regex";
        case Op::Cidr:
            return "cidr";
        case Op::PathPrefix:
            return "pmatch";
    }
    return "";
}

bool Condition::test(Context& context) const {
    switch (kind) {
        case Kind::True:
            return true;
        case Kind::False:
            return false;
        case Kind::And:
            for (const auto& part : parts) {
                if (!part->test(context)) return false;
            }
            return true;
        case Kind::Or:
            for (const auto& part : parts) {
                if (part->test(context)) return true;
            }
            return false;
        case Kind::One: {
            int held = 0;
            for (const auto& part : parts) {
                if (part->test(context) && ++held > 1) return false;
            }
            return held == 1;
        }
        case Kind::Not:
            return !parts.front()->test(context);
        case Kind::Compare:
            return test_compare(*this, context);
        case Kind::Exists:
            return field.exists(context);
        case Kind::Has:
            return test_has(*this, context);
    }
    return false;
}

namespace {

constexpr size_t kMaxFlat = 1000;

ConditionPtr joined(Condition::Kind kind, ConditionPtr a, ConditionPtr b) {
    Condition node{.kind = kind};
    node.weight = std::min(a->weight + b->weight, 2 * kMaxWeight);
    for (ConditionPtr& side : std::initializer_list<std::reference_wrapper<ConditionPtr>>{a, b}) {
        if (side->kind == kind &&
            side->parts.size() < kMaxFlat) {  // a and b and c is one node: shallow trees
            node.parts.insert(node.parts.end(), side->parts.begin(), side->parts.end());
        } else {
            node.parts.push_back(std::move(side));
        }
    }
    return std::make_shared<const Condition>(std::move(node));
}

}  // namespace

ConditionPtr constant(bool truth) {
    return std::make_shared<const Condition>(
        Condition{.kind = truth ? Condition::Kind::True : Condition::Kind::False});
}

ConditionPtr both(ConditionPtr a, ConditionPtr b) {
    if (!a) return b;
    return joined(Condition::Kind::And, std::move(a), std::move(b));
}

ConditionPtr either(ConditionPtr a, ConditionPtr b) {
    if (!a) return b;
    return joined(Condition::Kind::Or, std::move(a), std::move(b));
}

ConditionPtr exactly_one(std::vector<ConditionPtr> parts) {
    Condition node{.kind = Condition::Kind::One, .parts = std::move(parts), .weight = 0};
    for (const ConditionPtr& part : node.parts)
        node.weight = std::min(node.weight + part->weight, 2 * kMaxWeight);
    return std::make_shared<const Condition>(std::move(node));
}

ConditionPtr negate(ConditionPtr a) {
    const size_t weight = a->weight;
    return std::make_shared<const Condition>(
        Condition{.kind = Condition::Kind::Not, .parts = {std::move(a)}, .weight = weight});
}

ConditionPtr exists(Field field) {
    return std::make_shared<const Condition>(
        Condition{.kind = Condition::Kind::Exists, .field = std::move(field)});
}

ConditionPtr has_value(Field field) {
    return std::make_shared<const Condition>(Condition{.kind = Condition::Kind::Compare,
                                                       .field = std::move(field),
                                                       .op = Op::Glob,
                                                       .literals = {Literal::of("*")}});
}

namespace {

// Whether a comparison is slow (regex, several words, networks) and its field has the same values again and
// again: its results are then cached.
bool is_worth_a_memo(const Condition& compare, bool has_patterns) {
    const Text name = compare.field.entry->name;
    const bool is_slow = compare.op == Op::Regex || compare.op == Op::Cidr || has_patterns;
    return is_slow && (name == "userAgent" || name == "agent.product" || name == "source.ip" ||
                       name == "user.username" || name == "objectRef.resource");
}

}  // namespace

bool prepare(Condition& compare, std::string& problem) {
    if (compare.other &&
        (compare.op == Op::Regex || compare.op == Op::Cidr || compare.op == Op::PathPrefix)) {
        problem = std::string(to_string(compare.op)) + " needs a text, not another field";
        return false;
    }
    Condition::Prepared is;
    for (const Literal& literal : compare.literals) {
        if (compare.op == Op::Regex) {
            RE2::Options options(compare.posix ? RE2::POSIX : RE2::Quiet);
            options.set_log_errors(false);
            options.set_max_mem(1 << 20);  // bounds memory, and time: RE2 matches in linear time
            options.set_case_sensitive(!compare.ignore_case);
            auto pattern = std::make_unique<const RE2>(literal.text, options);
            if (!pattern->ok()) {
                problem = "bad regular expression: " + pattern->error();
                return false;
            }
            is.patterns.push_back(std::move(pattern));
        } else if (compare.op == Op::Cidr) {
            audit::Network network;
            if (!network.parse(literal.text)) {
                problem = "\"" + literal.text + "\" is no network such as 10.0.0.0/8 or fd00::/8";
                return false;
            }
            is.networks.push_back(network);
        }
    }
    // Searches for many words in one pass, as one pattern.
    if (compare.op == Op::Contains && compare.literals.size() > 3) {
        std::string any;
        for (const Literal& literal : compare.literals) {
            any += (any.empty() ? "" : "|") + RE2::QuoteMeta(literal.text);
        }
        RE2::Options options(RE2::Latin1);
        options.set_log_errors(false);
        options.set_case_sensitive(!compare.ignore_case);
        auto pattern = std::make_unique<const RE2>(any, options);
        if (pattern->ok()) is.patterns.push_back(std::move(pattern));
    }
    static std::atomic<uint64_t> memos = 0;
    if (is_worth_a_memo(compare, !is.patterns.empty())) is.memo = ++memos;
    if (compare.op == Op::Equal && !compare.ignore_case && compare.literals.size() > 6) {
        for (const Literal& literal : compare.literals) is.set.insert(literal.text);
    }
    compare.prepared = is.is_nothing() ? nullptr : std::make_shared<const Condition::Prepared>(std::move(is));
    return true;
}

bool mentions(const Condition& condition, std::string_view field) {
    if (condition.field.entry != nullptr && condition.field.entry->name == field) return true;
    return std::any_of(condition.parts.begin(), condition.parts.end(),
                       [&](const ConditionPtr& part) { return mentions(*part, field); });
}

Needs needs_of(const Condition& condition) {
    switch (condition.kind) {
        case Condition::Kind::And: {
            Needs most = Needs::Metadata;
            for (const auto& part : condition.parts) most = std::max(most, needs_of(*part));
            return most;
        }
        case Condition::Kind::Or:
        case Condition::Kind::One: {
            Needs least = Needs::RequestResponse;
            for (const auto& part : condition.parts) least = std::min(least, needs_of(*part));
            return least;
        }
        case Condition::Kind::Compare:
        case Condition::Kind::Exists:
        case Condition::Kind::Has:
            return condition.field.entry->needs;
        default:
            return Needs::Metadata;
    }
}

}  // namespace redshank::rules
