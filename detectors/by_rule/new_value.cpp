#include "detectors/by_rule/kinds.h"

namespace redshank::by_rule {

namespace {

// A value that was not seen with the key within rule.memory. The key itself must be known for rule.learn,
// since every value of a new key is new. With rule.peers, the value must not have been seen with similar keys
// either, so that a change by many at the same time is reported once.
class NewValue : public RuleMemory {
  public:
    using RuleMemory::RuleMemory;

    void observe(rules::Context& context, const Observation& observation,
                 std::vector<RuleHit>& hits) override {
        const auto value = rule_key(context, rule_->value, true);
        if (!value) return;
        const std::string by = *window_key(context, observation, rule_->by, false);
        const std::string key = by + kRuleKeySeparator + kRuleKeySeparator + *value;
        const audit::Time time = observation.event.stage_time;
        Time& since = known_.try_emplace(by, Time{time, time}).first->second;
        const bool is_known_key = since.first + rule_->learn <= time;
        since.last = std::max(since.last, time);
        touch(by);
        bool fires = see(key, time) && is_known_key;
        if (!rule_->peers.empty()) {
            const std::string peers = *window_key(context, observation, rule_->peers, false);
            const std::string separator(3, kRuleKeySeparator);
            fires = see(peers + separator + *value, time) && fires;
        }
        if (fires) hits.push_back(hit_of(key));
    }

  protected:
    std::string write(const std::string& key) const override { return write_row(known_.at(key)); }
    bool read(const std::string& key, std::string_view json) override {
        const auto time = read_row<Time>(json);
        if (time) known_[key] = *time;
        return time.has_value();
    }
    bool is_over(const std::string& key, audit::Time now) const override {
        return known_.at(key).last + std::max(rule_->memory, rule_->learn) < now;
    }
    bool has(const std::string& key) const override { return known_.contains(key); }
    void drop(const std::string& key) override { known_.erase(key); }

  private:
    // Whether it is new now.
    bool see(const std::string& key, audit::Time time) {
        const auto [last, is_new] = known_.try_emplace(key, Time{time, time});
        const bool was_forgotten = last->second.last + rule_->memory < time;
        last->second.last = std::max(last->second.last, time);
        touch(key);
        return is_new || was_forgotten;
    }

    struct Time {
        audit::Time first{}, last{};
        template <class V>
        void describe(V& v) {
            v.must("first", micros(first));
            v.must("last", micros(last));
        }
    };
    std::unordered_map<std::string, Time> known_;
};

}  // namespace

std::unique_ptr<RuleMemory> make_new_value(const rules::RulePtr& rule) {
    return std::make_unique<NewValue>(rule);
}

}  // namespace redshank::by_rule
