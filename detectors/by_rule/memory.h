// The state that rules of kind threshold, sequence and new-value keep between events.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/finding/finding.h"
#include "core/request/observation.h"
#include "core/state/key.h"
#include "core/state/state.h"
#include "rules/candidates.h"
#include "rules/rule.h"

namespace redshank::by_rule {

// A match of a stateful rule: its subject, and the events before the one that completed it.
struct RuleHit {
    std::string cluster, key;
    std::vector<Evidence> earlier;
    // Set when the end of a window, not an event, completed it: actor and object of the first event.
    std::optional<Finding> alone;
    audit::Time began{};  // with `alone`: when the first event came
    // With `alone`: the windows of so many callers, at least, began within a minute of it and have no end
    // either.
    size_t together = 1;
};

// The state of one rule. Its keys begin with the cluster, so that clusters are counted separately. Rows of
// the state: docs/state.md. Bounded: at most kMaxKeys keys with at most kMaxHeld events and values together;
// the least recently used key is evicted first. The kinds of rule derive from RuleRows (rows.h).
class RuleMemory {
  public:
    static constexpr size_t kMaxKeys = 20'000, kMaxHeld = 400'000;
    static constexpr std::string_view kTable = "rule.windows";

    explicit RuleMemory(rules::RulePtr rule);
    virtual ~RuleMemory() = default;

    // The event fulfils the rule's condition; a sequence evaluates its steps itself, as far as they are open.
    // `context` is at the event.
    virtual void observe(rules::Context& context, const Observation& observation, rules::Candidate& asked,
                         std::vector<RuleHit>& hits) = 0;
    // Whether observe() would do nothing for requests of the kind to which the candidate belongs.
    bool sleeps(const rules::Candidate& asked) const { return asked.kept == changes_; }
    // Event time has advanced: removes expired entries, and reports the results of windows that have ended.
    // Returns the time until which it has nothing to do, unless observe() is called before.
    virtual audit::Time advance(audit::Time now, std::vector<RuleHit>& hits) = 0;

    const rules::Rule& rule() const { return *rule_; }
    // After a reload: keeps this state for a rule with the same fingerprint.
    void adopt(rules::RulePtr rule) { rule_ = std::move(rule); }

    virtual uint64_t evictions() const = 0;
    virtual void save(StateWriter& state) = 0;
    virtual void load(const StateReader& state) = 0;
    // Erases all rows, here and in the state.
    virtual void forget(StateWriter& state) = 0;

  protected:
    // Before the keys of this rule in the state.
    std::string prefix() const;
    // What rows of this version of the rule are marked with.
    const std::string& stamp() const { return stamp_; }

    // A sequence that waits for no event of a kind sleeps for that kind until anything has changed in the
    // rule's memory. Most events use a grant, which could be the second step of two shipped rules: to look up
    // each time that it is not takes 1,000 instructions an event.
    void sleep(rules::Candidate& asked) const { asked.kept = changes_; }
    void wake() { ++changes_; }

    rules::RulePtr rule_;

  private:
    uint64_t changes_ = 1;
    std::string stamp_;
};

// Of an object; those of the cluster have the empty namespace.
std::string object_key(std::string_view cluster, std::string_view namespace_, std::string_view name);

// Null for a rule of kind match.
std::unique_ptr<RuleMemory> make_rule_memory(const rules::RulePtr& rule);

// The first values of the fields as one key. Nothing when `whole` is set and one of them is absent.
std::optional<std::string> rule_key(rules::Context& context, const std::vector<rules::Field>& fields,
                                    bool whole);
// The key of a RuleMemory: the cluster of the event, then rule_key().
std::optional<std::string> window_key(rules::Context& context, const Observation& observation,
                                      const std::vector<rules::Field>& fields, bool whole);
// The same into `key`, whose memory is used again; false when there is none.
bool write_window_key(std::string& key, rules::Context& context, const Observation& observation,
                      const std::vector<rules::Field>& fields, bool whole);
// Splits such a key into the cluster and the rest.
RuleHit hit_of(std::string_view window_key);
// Writes a rule_key() that serves only for comparison into `value`: a long one is hashed.
void write_distinct_value(std::string& value, rules::Context& context,
                          const std::vector<rules::Field>& fields);

}  // namespace redshank::by_rule
