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

    void observe(rules::Context& context, const Observation& observation, rules::Candidate& /*asked*/,
                 std::vector<RuleHit>& hits) override {
        write_window_key(key_, context, observation, rule_->by, false);
        value_.clear();
        if (!rule_->distinct.empty()) write_distinct_value(value_, context, rule_->distinct);
        change(key_, [&](Window& window) { add(window, context, observation, hits); });
    }

  protected:
    audit::Time end_of(const Window& window) const override { return window.newest + rule_->within; }

  private:
    // The place of the newest event, behind the others: that of the one with the same value, whose strings
    // keep their memory, or a new one.
    SeenEvent& next(Window& window, bool& is_known) const {
        auto& seen = window.seen;
        is_known = false;
        if (!rule_->distinct.empty()) {
            const auto twin = std::find_if(seen.begin(), seen.end(),
                                           [&](const SeenEvent& other) { return other.value == value_; });
            is_known = twin != seen.end();
            if (is_known) {
                std::rotate(twin, twin + 1, seen.end());
                return seen.back();
            }
        }
        return seen.emplace_back();
    }

    void add(Window& window, rules::Context& context, const Observation& observation,
             std::vector<RuleHit>& hits) const {
        bool is_known = false;
        SeenEvent& newest = next(window, is_known);
        newest.time = observation.event.stage_time;
        write_evidence(newest.evidence, observation);
        newest.with = with(context) | (is_known ? newest.with : 0);
        newest.value = value_;
        window.newest = std::max(window.newest, newest.time);
        std::erase_if(window.seen,
                      [&](const SeenEvent& one) { return one.time + rule_->within < window.newest; });
        while (window.seen.size() > most()) window.seen.pop_front();
        const bool was_firing = std::exchange(window.firing, is_reached(window));
        if (!window.firing) return;
        RuleHit hit = hit_of(key_);
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

    std::string key_, value_;  // of the last event
};

}  // namespace

std::unique_ptr<RuleMemory> make_threshold(const rules::RulePtr& rule) {
    return std::make_unique<Threshold>(rule);
}

}  // namespace redshank::by_rule
