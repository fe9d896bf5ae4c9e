// The state that rules of kind threshold, sequence and new-value keep between events.
#pragma once

#include <list>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "core/finding/finding.h"
#include "core/request/observation.h"
#include "core/state/state.h"
#include "rules/rule.h"

namespace redshank::by_rule {

// A match of a stateful rule: its subject, and the events before the one that completed it.
struct RuleHit {
    std::string cluster, key;
    std::vector<Evidence> earlier;
    // Set when the end of a window, not an event, completed it: actor and object of the first event.
    std::optional<Finding> alone;
};

// The state of one rule. Its keys begin with the cluster, so that clusters are counted separately. Rows of
// the state: docs/state.md. Bounded: at most kMaxKeys keys with at most kMaxHeld events and values together;
// the least recently used key is evicted first.
class RuleMemory {
  public:
    static constexpr size_t kMaxKeys = 20'000, kMaxHeld = 400'000;

    explicit RuleMemory(rules::RulePtr rule) : rule_(std::move(rule)) {}
    virtual ~RuleMemory() = default;

    // The event fulfils the rule's condition; a sequence evaluates its steps itself. `context` is at the
    // event.
    virtual void observe(rules::Context& context, const Observation& observation,
                         std::vector<RuleHit>& hits) = 0;
    // Event time has advanced: removes expired entries, and reports the results of windows that have ended.
    void advance(audit::Time now, std::vector<RuleHit>& hits);

    const rules::Rule& rule() const { return *rule_; }
    // After a reload: keeps this state for a rule with the same fingerprint.
    void adopt(rules::RulePtr rule) { rule_ = std::move(rule); }
    uint64_t evictions() const { return evictions_; }

    void save(StateWriter& state);
    void load(const StateReader& state);
    // Erases all rows of the state.
    void forget(StateWriter& state) const;

    static constexpr std::string_view kTable = "rule.windows";

  protected:
    virtual std::string write(const std::string& key) const = 0;  // JSON
    // Returns false, and keeps nothing, when the row cannot be used.
    virtual bool read(const std::string& key, std::string_view json) = 0;
    virtual bool has(const std::string& key) const = 0;
    virtual void drop(const std::string& key) = 0;
    // Whether nothing that is kept for the key can matter any more.
    virtual bool is_over(const std::string& key, audit::Time now) const = 0;
    virtual void close_windows(audit::Time /*now*/, std::vector<RuleHit>& /*hits*/) {}
    // The number of events and values under all keys, for kinds that keep several under one.
    virtual size_t held() const { return 0; }

    void touch(const std::string& key);
    void remove(const std::string& key);

    rules::RulePtr rule_;

  private:
    std::string row_key(std::string_view key) const;
    std::string stamp() const;

    struct Touch {
        uint64_t at = 0;  // number of the last call of touch()
        std::list<const std::string*>::iterator place;
        bool is_changed = false;  // and its key is in changed_
    };
    std::unordered_map<std::string, Touch> touched_;
    std::list<const std::string*> by_touch_;  // keys of touched_, the one touched longest ago first
    std::vector<std::string> changed_;        // since the last save(); some may be erased since
    uint64_t calls_ = 0, evictions_ = 0;
};

// Separates the values of a key.
inline constexpr char kRuleKeySeparator = '\x1f';

// Null for a rule of kind match.
std::unique_ptr<RuleMemory> make_rule_memory(const rules::RulePtr& rule);

// The first values of the fields as one key. Nothing when `whole` is set and one of them is absent.
std::optional<std::string> rule_key(rules::Context& context, const std::vector<rules::Field>& fields,
                                    bool whole);
// The key of a RuleMemory: the cluster of the event, then rule_key().
std::optional<std::string> window_key(rules::Context& context, const Observation& observation,
                                      const std::vector<rules::Field>& fields, bool whole);
// Splits such a key into the cluster and the rest.
RuleHit hit_of(std::string_view window_key);
// A rule_key() that serves only for comparison: a long one is hashed.
std::string distinct_value(rules::Context& context, const std::vector<rules::Field>& fields);

}  // namespace redshank::by_rule
