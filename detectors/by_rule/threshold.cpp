#include <algorithm>
#include <deque>

#include "detectors/by_rule/kinds.h"
#include "detectors/by_rule/rows.h"
#include "detectors/finding_book.h"

namespace redshank::by_rule {

namespace {

struct Window {
    std::deque<SeenEvent> seen;  // at most Threshold::most(), in order of arrival
    audit::Time newest{};
    bool firing = false;

    size_t held() const { return seen.size(); }
    template <class V>
    void describe(V& v) {
        v.must("newest", micros(newest));
        v("firing", firing);
        v.must("seen", seen);
    }
};

// So many events, or different values, in a window that ends with the event.
class Threshold : public RuleRows<Window> {
  public:
    using RuleRows::RuleRows;

    void observe(rules::Context& context, const Observation& observation, rules::Open /*open*/,
                 std::vector<RuleHit>& hits) override {
        write_window_key(key_, context, observation, rule_->by, false);
        SeenEvent seen{observation.event.stage_time, evidence_of(observation), {}, with(context)};
        if (!rule_->distinct.empty()) seen.value = distinct_value(context, rule_->distinct);
        change(key_, [&](Window& window) { add(key_, window, std::move(seen), hits); });
    }

  protected:
    bool is_over(const Window& window, audit::Time now) const override {
        return window.newest + rule_->within < now;
    }

  private:
    void add(const std::string& key, Window& window, SeenEvent seen, std::vector<RuleHit>& hits) const {
        bool is_known = false;
        if (!rule_->distinct.empty()) {
            const auto twin = std::find_if(window.seen.begin(), window.seen.end(),
                                           [&](const SeenEvent& other) { return other.value == seen.value; });
            if (twin != window.seen.end()) {
                seen.with |= twin->with;
                window.seen.erase(twin);
                is_known = true;
            }
        }
        window.newest = std::max(window.newest, seen.time);
        window.seen.push_back(std::move(seen));
        std::erase_if(window.seen,
                      [&](const SeenEvent& one) { return one.time + rule_->within < window.newest; });
        while (window.seen.size() > most()) window.seen.pop_front();
        const bool was_firing = std::exchange(window.firing, is_reached(window));
        if (!window.firing) return;
        RuleHit hit = hit_of(key);
        if (!was_firing) {
            for (const SeenEvent& one : window.seen) hit.earlier.push_back(one.evidence);
            hit.earlier.pop_back();
        }
        if (!was_firing || !is_known || rule_->distinct.empty()) hits.push_back(std::move(hit));
    }
    uint64_t with(rules::Context& context) const {
        uint64_t out = 0;
        for (size_t i = 0; i < rule_->with.size(); ++i) {
            if (rule_->with[i]->test(context)) out |= uint64_t{1} << i;
        }
        return out;
    }
    // With `with`, more than `count` events may have to be kept until each condition holds for one.
    uint64_t most() const { return rule_->with.empty() ? rule_->count : 4 * rule_->count; }
    bool is_reached(const Window& window) const {
        uint64_t out = 0;
        for (const SeenEvent& one : window.seen) out |= one.with;
        return window.seen.size() >= rule_->count && out + 1 == uint64_t{1} << rule_->with.size();
    }

    std::string key_;  // of the last look-up
};

}  // namespace

std::unique_ptr<RuleMemory> make_threshold(const rules::RulePtr& rule) {
    return std::make_unique<Threshold>(rule);
}

}  // namespace redshank::by_rule
