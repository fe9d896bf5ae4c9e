#include <algorithm>
#include <deque>

#include "detectors/by_rule/kinds.h"
#include "detectors/finding_book.h"

namespace redshank::by_rule {

namespace {

// So many events, or different values, in a window that ends with the event.
class Threshold : public RuleMemory {
  public:
    using RuleMemory::RuleMemory;

    void observe(rules::Context& context, const Observation& observation,
                 std::vector<RuleHit>& hits) override {
        const std::string key = *window_key(context, observation, rule_->by, false);
        Window& window = windows_[key];
        held_ -= window.seen.size();
        const audit::Time time = observation.event.stage_time;
        SeenEvent seen{time, evidence_of(observation), {}, with(context)};
        bool is_known = false;
        if (!rule_->distinct.empty()) {
            seen.value = distinct_value(context, rule_->distinct);
            const auto twin = std::find_if(window.seen.begin(), window.seen.end(),
                                           [&](const SeenEvent& other) { return other.value == seen.value; });
            if (twin != window.seen.end()) {
                seen.with |= twin->with;
                window.seen.erase(twin);
                is_known = true;
            }
        }
        window.seen.push_back(std::move(seen));
        window.newest = std::max(window.newest, time);
        std::erase_if(window.seen,
                      [&](const SeenEvent& one) { return one.time + rule_->within < window.newest; });
        while (window.seen.size() > most()) window.seen.pop_front();
        held_ += window.seen.size();
        const bool was_firing = std::exchange(window.firing, is_reached(window));
        if (window.firing) {
            RuleHit hit = hit_of(key);
            if (!was_firing) {
                for (const SeenEvent& one : window.seen) hit.earlier.push_back(one.evidence);
                hit.earlier.pop_back();
            }
            if (!was_firing || !is_known || rule_->distinct.empty()) hits.push_back(std::move(hit));
        }
        touch(key);
    }

  protected:
    std::string write(const std::string& key) const override { return write_row(windows_.at(key)); }
    bool read(const std::string& key, std::string_view json) override {
        auto window = read_row<Window>(json);
        if (!window) return false;
        held_ += window->seen.size();
        windows_[key] = std::move(*window);
        return true;
    }
    bool is_over(const std::string& key, audit::Time now) const override {
        return windows_.at(key).newest + rule_->within < now;
    }
    bool has(const std::string& key) const override { return windows_.contains(key); }
    void drop(const std::string& key) override {
        const auto found = windows_.find(key);
        if (found == windows_.end()) return;
        held_ -= found->second.seen.size();
        windows_.erase(found);
    }
    size_t held() const override { return held_; }

  private:
    struct Window {
        std::deque<SeenEvent> seen;  // at most most(), in order of arrival
        audit::Time newest{};
        bool firing = false;
        template <class V>
        void describe(V& v) {
            v.must("newest", micros(newest));
            v("firing", firing);
            v.must("seen", seen);
        }
    };
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

    std::unordered_map<std::string, Window> windows_;
    size_t held_ = 0;  // events in all of them
};

}  // namespace

std::unique_ptr<RuleMemory> make_threshold(const rules::RulePtr& rule) {
    return std::make_unique<Threshold>(rule);
}

}  // namespace redshank::by_rule
