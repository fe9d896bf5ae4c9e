#include "core/state/key.h"
#include "detectors/by_rule/kinds.h"
#include "detectors/by_rule/rows.h"

namespace redshank::by_rule {

namespace {

struct Times {
    audit::Time first{}, last{};

    size_t held() const { return 0; }  // the key is all there is
    template <class V>
    void describe(V& v) {
        v.must("first", micros(first));
        v.must("last", micros(last));
    }
};

// A value that was not seen with the key within rule.memory. The key itself must be known for rule.learn,
// since every value of a new key is new. With rule.peers, the value must not have been seen with similar keys
// either, so that a change by many at the same time is reported once.
class NewValue : public RuleRows<Times> {
  public:
    using RuleRows::RuleRows;

    void observe(rules::Context& context, const Observation& observation, rules::Candidate& /*asked*/,
                 std::vector<RuleHit>& hits) override {
        const auto value = rule_key(context, rule_->value, true);
        if (!value) return;
        const std::string by = *window_key(context, observation, rule_->by, false);
        const std::string key = by + kKeyMark + kKeyMark + *value;
        const audit::Time time = observation.event.stage_time;
        see(by, time);
        const bool is_known_key = find(by)->first + rule_->learn <= time;
        bool fires = see(key, time) && is_known_key;
        if (!rule_->peers.empty()) {
            const std::string peers = *window_key(context, observation, rule_->peers, false);
            const std::string separator(3, kKeyMark);
            fires = see(peers + separator + *value, time) && fires;
        }
        if (fires) hits.push_back(hit_of(key));
    }

  protected:
    audit::Time end_of(const Times& times) const override {
        return times.last + std::max(rule_->memory, rule_->learn);
    }

  private:
    // Whether it is new now.
    bool see(const std::string& key, audit::Time time) {
        const bool is_new = find(key) == nullptr;
        bool was_forgotten = false;
        change(key, [&](Times& times) {
            if (is_new) times = {time, time};
            was_forgotten = times.last + rule_->memory < time;
            times.last = std::max(times.last, time);
        });
        return is_new || was_forgotten;
    }
};

}  // namespace

std::unique_ptr<RuleMemory> make_new_value(const rules::RulePtr& rule) {
    return std::make_unique<NewValue>(rule);
}

}  // namespace redshank::by_rule
