// A condition as a tree that evaluates itself. The three dialects build the same tree.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "rules/fields.h"
#include "rules/transform.h"

namespace redshank::rules {

enum class Op : uint8_t {
    Equal,
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
    Contains,
    StartsWith,
    EndsWith,
    Glob,
    Regex,
    Cidr,
    PathPrefix,  // the path or anything below it; each folder may be a glob
};
std::string_view to_string(Op op);

struct Literal {
    std::string text;
    bool is_number = false;
    double number = 0;

    static Literal of(std::string text) { return {std::move(text), false, 0}; }
};

struct Condition {
    enum class Kind : uint8_t {
        True,
        False,
        And,
        Or,
        One,  // exactly one of the parts holds
        Not,
        Compare,  // a value of `field` against any of `literals`, or against the values of `other`
        Exists,   // `field` has a value
        Has,      // an item at `field` fulfils the only part
    };
    Kind kind = Kind::True;
    std::vector<std::shared_ptr<const Condition>> parts;  // And, Or, One: any number; Not, Has: one
    size_t weight = 1;  // comparisons that one test may cost; shared parts count each time, so it can be huge

    Field field;
    Body scope = Body::Request;  // for Has
    Op op = Op::Equal;
    bool ignore_case = false;
    bool posix = false;  // Falco: a regex is POSIX and matches whole texts, a glob knows [a-z]
    bool all = false;    // Compare, Has: every value must match, and there must be at least one
    std::vector<Transform> transforms;
    std::vector<Literal> literals;
    std::shared_ptr<const Field> other;
    std::vector<Transform> other_transforms;

    // What prepare() makes of the literals, where it makes anything of them: most comparisons are of a few
    // words.
    struct Prepared;
    std::shared_ptr<const Prepared> prepared;

    bool test(Context& context) const;
};
using ConditionPtr = std::shared_ptr<const Condition>;

// Loaders refuse a condition of more weight. Lists and macros that double themselves grow exponentially.
inline constexpr size_t kMaxWeight = 20'000;

ConditionPtr constant(bool truth);
ConditionPtr both(ConditionPtr a, ConditionPtr b);
ConditionPtr either(ConditionPtr a, ConditionPtr b);
ConditionPtr exactly_one(std::vector<ConditionPtr> parts);
ConditionPtr negate(ConditionPtr a);
ConditionPtr exists(Field field);

ConditionPtr has_value(Field field);  // false for an empty list, unlike exists()
bool prepare(Condition& compare, std::string& problem);

// True when any part of the condition uses the field.
bool mentions(const Condition& condition, std::string_view field);
// The lowest audit level at which the condition can hold: the level that fields outside of `not` need.
Needs needs_of(const Condition& condition);

}  // namespace redshank::rules
