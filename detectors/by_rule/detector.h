#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "audit/normalise/source.h"
#include "detectors/by_rule/admin_places.h"
#include "detectors/by_rule/bindings.h"
#include "detectors/by_rule/config.h"
#include "detectors/by_rule/errands.h"
#include "detectors/by_rule/habit.h"
#include "detectors/by_rule/made.h"
#include "detectors/by_rule/memory.h"
#include "detectors/by_rule/orders.h"
#include "detectors/by_rule/restarts.h"
#include "detectors/by_rule/roles.h"
#include "detectors/control_hosts.h"
#include "detectors/detector.h"
#include "detectors/looking_around.h"
#include "detectors/webhooks.h"
#include "rules/candidates.h"
#include "rules/loader.h"

namespace redshank::by_rule {

// Runs a set of rules. Findings have detector "rule" and the rule's id as kind.
class RuleDetector : public Detector {
  public:
    explicit RuleDetector(std::shared_ptr<const rules::RuleSet> rules,
                          std::vector<audit::Network> own_networks = {});

    std::string_view name() const override { return "rule"; }
    void observe(const Observation& observation, FindingBook& findings) override;
    void advance(audit::Time now, FindingBook& findings) override;
    void load(const StateReader& state) override;
    void save(StateWriter& state) override;
    void measure(MetricWriter& metrics) const override;
    void reload(const DetectorConfig& config) override;

    // Replaces the rules; the state of rules with the same id and fingerprint is kept.
    void replace(std::shared_ptr<const rules::RuleSet> rules);

  private:
    struct Slot {
        std::unique_ptr<RuleMemory> memory;  // null for kind match
        uint64_t matches = 0;
        rules::RulePtr rule;
        std::string place;  // rule->place, in words
    };

    bool is_own(const Observation& observation) const;
    // What requests that are no reads tell, besides rules.
    void see_write(const Observation& observation, bool answers, rules::Beside& beside);
    void ask_rules(std::span<rules::Candidate> candidates, const Observation& observation,
                   FindingBook& findings);
    Judgement judge(const rules::Rule& rule, const Observation& observation, const Finding* open);
    void report(const Slot& slot, const Observation& observation, std::string key,
                const std::vector<Evidence>& earlier, FindingBook& findings);
    // The window of a write that has no end.
    void report_broken_off(const Slot& slot, const RuleHit& hit, audit::Time now, FindingBook& findings);
    void report_alone(const Slot& slot, const RuleHit& hit, audit::Time now, FindingBook& findings);

    std::shared_ptr<const rules::RuleSet> rules_;
    std::vector<Slot> slots_;            // one a rule
    std::vector<uint32_t> remembering_;  // those with a memory: one in seven
    // Of each rule: until when its memory has nothing to do. Most wait for hours, and to ask each of them in
    // each second takes 2,400 instructions.
    std::vector<audit::Time> quiet_until_;
    std::vector<std::unique_ptr<RuleMemory>> dropped_;
    RuleHabits habits_;
    Errands errands_;
    Orders orders_;
    ControlHosts hosts_{"rule.control_hosts"};
    Made made_;
    Webhooks webhooks_{"rule.webhooks"};
    LookingAround looking_{"rule.looking"};
    Webhooks::Seen webhook_;  // of the current request
    AdminPlaces admin_places_;
    Restarts restarts_;
    Bindings bindings_;
    Roles roles_;
    std::vector<audit::Network> own_networks_;
    rules::Context context_;
    std::optional<rules::Candidates> candidates_;
    std::vector<RuleHit> hits_;
};

// Throws rules::RuleError.
std::unique_ptr<Detector> make_detector(const Config& config);

}  // namespace redshank::by_rule
