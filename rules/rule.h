// A rule, whatever language it was written in.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "audit/time.h"
#include "core/finding/finding.h"
#include "rules/condition.h"
#include "rules/error.h"
#include "rules/template.h"

namespace redshank::rules {

enum class RuleKind : uint8_t {
    Match,      // each event that fulfils the condition
    Threshold,  // so many of them with the same key in a window
    Sequence,   // one event after another with the same key in a window
    NewValue,   // a value not seen with the key within `memory`
};
std::string_view to_string(RuleKind kind);

// One part of a sequence.
struct RuleStep {
    ConditionPtr condition;
    std::vector<Field> by;  // the key, which may stand in another field in each step
    bool without = false;   // the sequence holds only when this did not happen in between
};

// What a count must be when its window is over.
struct CountLimit {
    enum class Op : uint8_t { Less, LessEqual, Greater, GreaterEqual, Equal, NotEqual };
    Op op = Op::GreaterEqual;
    uint64_t count = 0;

    bool holds(uint64_t counted) const;
};

struct RuleException {
    std::string name;
    ConditionPtr condition;
    audit::Time until = audit::Time::max();  // event time
};

// A case that a rule brings along to be tested with.
struct RuleExample {
    std::string name;
    bool matches = true;
    std::vector<std::string> events;  // JSON
    Place place;
};

struct Rule {
    std::string id, title, description;
    Severity severity = Severity::Medium;
    std::string dialect = "native";  // native | falco | sigma
    std::vector<std::string> mitre, references, equivalents;
    Needs level = Needs::Metadata;
    Place place;

    // Sees every stage of a request; else only the event that tells its outcome.
    bool every_stage = false;
    ConditionPtr condition;  // of a sequence: that of any step
    // What shows that an account looks after the object: matched, but not told. Null for most rules; with it,
    // `condition` holds for either, and `tells` for what is told.
    ConditionPtr keeper, tells;
    Template summary;
    std::string missing = "-";  // written for a field without a value
    // Matches with the same values of these are one finding.
    std::vector<Field> about;
    std::vector<RuleException> exceptions;
    std::vector<RuleExample> examples;

    RuleKind kind = RuleKind::Match;
    std::vector<Field> by;     // key of windows
    audit::Duration within{};  // length of windows
    // Threshold.
    uint64_t count = 0;
    std::vector<Field> distinct;     // count different values of these; empty: count events
    std::vector<ConditionPtr> with;  // each must hold for one of the events; at most 8
    // Not empty: the count is judged by all of these when the window is over, which begins with its first
    // event, and not by `count`.
    std::vector<CountLimit> limits;
    // Sequence.
    std::vector<RuleStep> steps;
    bool ordered = true;
    // NewValue.
    std::vector<Field> value;
    std::vector<Field> peers;  // the value must be new among all with the same values of these, too
    audit::Duration memory{}, learn{};

    // Of everything that the state kept for this rule depends on: state outlives a reload when it is equal.
    std::string fingerprint;

    bool is_excepted(Context& context) const;
};
using RulePtr = std::shared_ptr<const Rule>;

}  // namespace redshank::rules
