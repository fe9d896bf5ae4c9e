#include <algorithm>
#include <set>

#include "core/finding/finding_json.h"
#include "detectors/by_rule/kinds.h"
#include "detectors/by_rule/rows.h"
#include "detectors/finding_book.h"

namespace redshank::by_rule {

namespace {

constexpr size_t kMaxKept = 16;  // events of a window that become evidence

struct Counting {
    audit::Time first{};
    uint64_t events = 0;
    std::set<std::string> values;
    std::vector<SeenEvent> kept;  // the first few
    std::string about;

    size_t held() const { return values.size() + kept.size(); }
    template <class V>
    void describe(V& v) {
        v.must("first", micros(first));
        v.must("events", events);
        v("values", values);
        v("kept", kept);
        v("about", about);
    }
};

// A count that is judged at the end of its window: fewer than, exactly, or other than a number. A key without
// any event has no window and is never reported.
class WindowCount : public RuleRows<Counting> {
  public:
    using RuleRows::RuleRows;

    void observe(rules::Context& context, const Observation& observation, rules::Candidate& /*asked*/,
                 std::vector<RuleHit>& hits) override {
        const std::string key = *window_key(context, observation, rule_->by, false);
        const audit::Time time = observation.event.stage_time;
        const Counting* const before = find(key);
        if (before != nullptr && before->first + rule_->within < time) {
            close(key, *before, hits);
            erase(key);
        }
        change(key, [&](Counting& window) {
            if (window.events == 0) {
                window.first = time;
                window.about = about_json(observation.event, key);
                next_deadline_ = std::min(next_deadline_, time + rule_->within);
            }
            ++window.events;
            // One value beyond the largest limit is enough.
            if (!rule_->distinct.empty() && window.values.size() <= largest_limit()) {
                std::string value;
                write_distinct_value(value, context, rule_->distinct);
                window.values.insert(std::move(value));
            }
            if (window.kept.size() < kMaxKept) window.kept.push_back({time, evidence_of(observation), {}, 0});
        });
    }

  protected:
    audit::Time close_windows(audit::Time now, std::vector<RuleHit>& hits) override {
        if (now < next_deadline_) return next_deadline_;
        next_deadline_ = audit::Time::max();
        std::vector<std::string> over;
        each([&](std::string_view key, const Counting& window) {
            const audit::Time deadline = window.first + rule_->within;
            if (deadline < now) {
                over.emplace_back(key);
            } else {
                next_deadline_ = std::min(next_deadline_, deadline);
            }
        });
        std::sort(over.begin(), over.end());
        for (const std::string& key : over) {
            close(key, *find(key), hits);
            erase(key);
        }
        return next_deadline_;
    }
    void was_loaded(const Counting&) override { next_deadline_ = audit::Time{}; }
    // close_windows() has taken what is over.
    audit::Time end_of(const Counting&) const override { return audit::Time::max(); }

  private:
    uint64_t largest_limit() const {
        uint64_t largest = 0;
        for (const rules::CountLimit& limit : rule_->limits) largest = std::max(largest, limit.count);
        return largest;
    }

    void close(const std::string& key, const Counting& window, std::vector<RuleHit>& hits) const {
        const uint64_t counted = rule_->distinct.empty() ? window.events : window.values.size();
        if (!std::all_of(rule_->limits.begin(), rule_->limits.end(),
                         [&](const rules::CountLimit& limit) { return limit.holds(counted); })) {
            return;
        }
        RuleHit hit = hit_of(key);
        hit.alone = finding_from_json(window.about);
        for (const SeenEvent& one : window.kept) hit.earlier.push_back(one.evidence);
        if (hit.alone) hits.push_back(std::move(hit));
    }

    audit::Time next_deadline_ = audit::Time::max();
};

}  // namespace

std::unique_ptr<RuleMemory> make_window_count(const rules::RulePtr& rule) {
    return std::make_unique<WindowCount>(rule);
}

}  // namespace redshank::by_rule
