#include <algorithm>
#include <deque>

#include "detectors/finding_book.h"
#include "detectors/rule_kinds.h"

namespace redshank {

namespace json = boost::json;

namespace {

// So many events, or different values, in a window that ends with the event.
class Threshold : public RuleMemory {
  public:
    using RuleMemory::RuleMemory;

    void observe(rules::Context& context, const Observation& observation,
                 std::vector<RuleHit>& hits) override {
        const std::string key = *rule_key(context, rule_->by, false);
        Window& window = windows_[key];
        const audit::Time time = observation.event.stage_time;
        SeenEvent seen{time, evidence_of(observation), {}};
        bool is_known = false;
        if (!rule_->distinct.empty()) {
            seen.value = *rule_key(context, rule_->distinct, false);
            const auto twin = std::find_if(window.seen.begin(), window.seen.end(),
                                           [&](const SeenEvent& other) { return other.value == seen.value; });
            if (twin != window.seen.end()) {
                window.seen.erase(twin);
                is_known = true;
            }
        }
        window.seen.push_back(std::move(seen));
        window.newest = std::max(window.newest, time);
        std::erase_if(window.seen,
                      [&](const SeenEvent& one) { return one.time + rule_->within < window.newest; });
        while (window.seen.size() > rule_->count) window.seen.pop_front();
        const bool was_firing = std::exchange(window.firing, window.seen.size() >= rule_->count);
        if (window.firing) {
            RuleHit hit{.key = key};
            if (!was_firing) {
                for (const SeenEvent& one : window.seen) hit.earlier.push_back(one.evidence);
                hit.earlier.pop_back();
            }
            if (!was_firing || !is_known || rule_->distinct.empty()) hits.push_back(std::move(hit));
        }
        touch(key);
    }

  protected:
    std::string write(const std::string& key) const override {
        const Window& window = windows_.at(key);
        json::array seen;
        for (const SeenEvent& one : window.seen) seen.push_back(to_json_value(one));
        return json::serialize(json::object{
            {"newest", json_time(window.newest)}, {"firing", window.firing}, {"seen", std::move(seen)}});
    }
    bool read(const std::string& key, std::string_view value) override {
        const json::value row = json::parse(value);
        Window window;
        window.newest = time_of(row.at("newest"));
        window.firing = row.at("firing").as_bool();
        for (const json::value& one : row.at("seen").as_array()) window.seen.push_back(seen_event(one));
        windows_[key] = std::move(window);
        return true;
    }
    bool is_over(const std::string& key, audit::Time now) const override {
        return windows_.at(key).newest + rule_->within < now;
    }
    bool has(const std::string& key) const override { return windows_.contains(key); }
    void drop(const std::string& key) override { windows_.erase(key); }

  private:
    struct Window {
        std::deque<SeenEvent> seen;  // at most `count`, in order of arrival
        audit::Time newest{};
        bool firing = false;
    };
    std::unordered_map<std::string, Window> windows_;
};

}  // namespace

std::unique_ptr<RuleMemory> make_threshold(const rules::RulePtr& rule) {
    return std::make_unique<Threshold>(rule);
}

}  // namespace redshank
