// A rule, independent of the language in which it was written.
#pragma once

#include <cstdint>
#include <functional>
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
    Threshold,  // `count` of them with the same key within a window
    Sequence,   // one event after another with the same key in a window
    NewValue,   // a value that was not seen with the key during `memory`
};
std::string_view to_string(RuleKind kind);

// One part of a sequence.
struct RuleStep {
    ConditionPtr condition;
    std::vector<Field> by;  // the key; each step may take it from another field
    bool without = false;   // the sequence holds only if no event fulfils this step in between
};

// A limit on the count of a window that has ended.
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

// An example in the rule's file; `redshank rules test` checks it.
struct RuleExample {
    std::string name;
    bool matches = true;
    std::vector<std::string> events;  // JSON
    Place place;
};

// The examples of a rule. Those of a shipped rule are read when they are first asked for, by whatever thread:
// they are four fifths of the packs, and only `rules test`, `rules explain` and coverage want them. Copies
// share them.
class RuleExamples {
  public:
    using Read = std::function<std::vector<RuleExample>()>;

    RuleExamples() = default;
    explicit RuleExamples(Read read);

    const std::vector<RuleExample>& get() const;

  private:
    struct Shared;
    std::shared_ptr<Shared> shared_;  // null: there are none
};

struct Rule {
    std::string id, title, description;
    Severity severity = Severity::Medium;
    std::string dialect = "native";  // native | falco | sigma
    std::vector<std::string> mitre, references, equivalents;
    Needs level = Needs::Metadata;
    Place place;

    // True: the rule sees every stage of a request. False: only the event that tells its outcome.
    bool every_stage = false;
    ConditionPtr condition;  // for a sequence: holds when that of any step holds
    // `keeper` matches requests by which an account shows that it looks after the object: they are
    // remembered, but make no finding. Null for most rules. With a keeper, `condition` is keeper or `tells`,
    // and only events that fulfil `tells` make findings.
    ConditionPtr keeper, tells;
    Template summary;
    std::string missing = "(unknown)";  // written in the summary for a field without a value
    // Matches with equal values of these fields belong to one finding.
    std::vector<Field> about;
    std::vector<RuleException> exceptions;
    RuleExamples examples;

    RuleKind kind = RuleKind::Match;
    std::vector<Field> by;     // the key of a window
    audit::Duration within{};  // the length of a window
    // Threshold.
    uint64_t count = 0;
    std::vector<Field> distinct;     // count different values of these fields; empty: count events
    std::vector<ConditionPtr> with;  // each must hold for at least one of the events; at most 8
    // If not empty, the count must satisfy all of these limits at the end of the window, which begins with
    // its first event; `count` is then not used.
    std::vector<CountLimit> limits;
    // Sequence.
    std::vector<RuleStep> steps;
    bool ordered = true;
    // NewValue.
    std::vector<Field> value;
    std::vector<Field> peers;  // the value must be new among all events with equal values of these, too
    audit::Duration memory{}, learn{};

    // The parts of the rule that its stored state depends on: the state is kept over a reload when it is
    // unchanged.
    std::string fingerprint;

    bool is_excepted(Context& context) const;
};
using RulePtr = std::shared_ptr<const Rule>;

}  // namespace redshank::rules
