#include "detectors/rule_memory.h"

#include <algorithm>
#include <boost/json.hpp>

#include "detectors/finding_book.h"
#include "detectors/finding_json.h"

namespace redshank {

namespace json = boost::json;

namespace {

constexpr char kSeparator = '\x1f';
constexpr size_t kMaxKey = 512;  // bytes of one value in a key

struct Seen {
    audit::Time time{};
    Evidence evidence;
    std::string value;  // of `distinct`
};

int64_t number(audit::Time time) {
    return time.time_since_epoch().count();
}
audit::Time time_of(const json::value& value) {
    return audit::Time{audit::Duration{value.to_number<int64_t>()}};
}

json::value to_json_value(const Seen& seen) {
    return json::array{number(seen.time),    seen.evidence.audit_id, number(seen.evidence.time),
                       seen.evidence.source, seen.evidence.offset,   seen.value};
}

Seen seen_of(const json::value& value) {
    const json::array& row = value.as_array();
    const auto text = [&](size_t at) { return std::string(row.at(at).as_string()); };
    return {
        time_of(row.at(0)), {text(1), time_of(row.at(2)), text(3), row.at(4).to_number<uint64_t>()}, text(5)};
}

// So many events, or different values, in a window that ends with the event.
class Threshold : public RuleMemory {
  public:
    using RuleMemory::RuleMemory;

    void observe(rules::Context& context, const Observation& observation,
                 std::vector<RuleHit>& hits) override {
        const std::string key = *rule_key(context, rule_->by, false);
        Window& window = windows_[key];
        const audit::Time time = observation.event.stage_time;
        Seen seen{time, evidence_of(observation), {}};
        bool is_known = false;
        if (!rule_->distinct.empty()) {
            seen.value = *rule_key(context, rule_->distinct, false);
            const auto twin = std::find_if(window.seen.begin(), window.seen.end(),
                                           [&](const Seen& other) { return other.value == seen.value; });
            if (twin != window.seen.end()) {
                window.seen.erase(twin);
                is_known = true;
            }
        }
        window.seen.push_back(std::move(seen));
        window.newest = std::max(window.newest, time);
        std::erase_if(window.seen, [&](const Seen& one) { return one.time + rule_->within < window.newest; });
        while (window.seen.size() > rule_->count) window.seen.pop_front();
        const bool was_firing = std::exchange(window.firing, window.seen.size() >= rule_->count);
        if (window.firing) {
            RuleHit hit{.key = key};
            if (!was_firing) {
                for (const Seen& one : window.seen) hit.earlier.push_back(one.evidence);
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
        for (const Seen& one : window.seen) seen.push_back(to_json_value(one));
        return json::serialize(json::object{
            {"newest", number(window.newest)}, {"firing", window.firing}, {"seen", std::move(seen)}});
    }
    bool read(const std::string& key, std::string_view value) override {
        const json::value row = json::parse(value);
        Window window;
        window.newest = time_of(row.at("newest"));
        window.firing = row.at("firing").as_bool();
        for (const json::value& one : row.at("seen").as_array()) window.seen.push_back(seen_of(one));
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
        std::deque<Seen> seen;  // at most `count`, in order of arrival
        audit::Time newest{};
        bool firing = false;
    };
    std::unordered_map<std::string, Window> windows_;
};

// One step after another, or all of them in any order.
class Sequence : public RuleMemory {
  public:
    using RuleMemory::RuleMemory;

    void observe(rules::Context& context, const Observation& observation,
                 std::vector<RuleHit>& hits) override {
        const auto& steps = rule_->steps;
        // From the last step back: one event does not serve two steps in order.
        for (size_t i = steps.size(); i-- > 0;) {
            // A later step matters only to what has begun.
            const bool continues = i > 0 && rule_->ordered;
            if (continues && chains_.empty()) continue;
            if (!steps[i].condition->test(context)) continue;
            const auto key = rule_key(context, steps[i].by, true);
            if (!key || (continues && !chains_.contains(*key))) continue;
            const Seen seen{observation.event.stage_time, evidence_of(observation), {}};
            Chains& chains = chains_[*key];
            chains.resize(steps.size());
            rule_->ordered ? in_order(i, *key, chains, seen, observation, hits)
                           : in_any_order(i, *key, chains, seen, hits);
            touch(*key);
        }
    }

    void close_windows(audit::Time now, std::vector<RuleHit>& hits) override {
        if (!rule_->steps.back().without || now < next_deadline_) return;
        next_deadline_ = audit::Time::max();
        std::vector<std::string> over;
        for (const auto& [key, chains] : chains_) {
            const Chain& last = chains.at(last_positive());
            if (last.empty()) continue;
            const audit::Time deadline = last.front().time + rule_->within;
            if (deadline >= now) {
                next_deadline_ = std::min(next_deadline_, deadline);
                continue;
            }
            over.push_back(key);
        }
        std::sort(over.begin(), over.end());
        for (const std::string& key : over) {
            RuleHit hit{.key = key, .earlier = {}, .alone = finding_from_json(abouts_[key])};
            for (const Seen& one : chains_.at(key).at(last_positive())) hit.earlier.push_back(one.evidence);
            if (hit.alone) hits.push_back(std::move(hit));
            remove(key);
        }
    }

  protected:
    std::string write(const std::string& key) const override {
        json::array chains;
        for (const Chain& chain : chains_.at(key)) {
            json::array& row = chains.emplace_back(json::array{}).as_array();
            for (const Seen& one : chain) row.push_back(to_json_value(one));
        }
        const auto about = abouts_.find(key);
        return json::serialize(json::object{{"chains", std::move(chains)},
                                            {"about", about == abouts_.end() ? "" : about->second}});
    }
    bool read(const std::string& key, std::string_view value) override {
        const json::value row = json::parse(value);
        Chains chains;
        for (const json::value& chain : row.at("chains").as_array()) {
            Chain& one = chains.emplace_back();
            for (const json::value& seen : chain.as_array()) one.push_back(seen_of(seen));
        }
        if (chains.size() != rule_->steps.size()) return false;
        chains_[key] = std::move(chains);
        const std::string about(row.at("about").as_string());
        if (!about.empty()) abouts_[key] = about;
        next_deadline_ = audit::Time{};
        return true;
    }
    bool is_over(const std::string& key, audit::Time now) const override {
        const Chains& chains = chains_.at(key);
        return std::all_of(chains.begin(), chains.end(), [&](const Chain& chain) {
            return chain.empty() || chain.front().time + rule_->within < now;
        });
    }
    bool has(const std::string& key) const override { return chains_.contains(key); }
    void drop(const std::string& key) override {
        chains_.erase(key);
        abouts_.erase(key);
    }

  private:
    using Chain = std::vector<Seen>;    // the events of the steps up to this one
    using Chains = std::vector<Chain>;  // by step; the newest of each, empty when there is none

    size_t last_positive() const {
        size_t at = rule_->steps.size() - 1;
        while (rule_->steps[at].without) --at;
        return at;
    }
    size_t positive_before(size_t step) const {
        while (rule_->steps[--step].without) {
        }
        return step;
    }

    void in_order(size_t step, const std::string& key, Chains& chains, const Seen& seen,
                  const Observation& observation, std::vector<RuleHit>& hits) {
        if (rule_->steps[step].without) {
            chains[positive_before(step)].clear();
            return;
        }
        Chain chain;
        if (step > 0) {
            const Chain& before = chains[positive_before(step)];
            if (before.empty() || before.front().time + rule_->within < seen.time ||
                seen.time < before.front().time) {
                return;
            }
            chain = before;
        }
        chain.push_back(seen);
        if (step + 1 == rule_->steps.size()) {
            RuleHit hit{.key = key};
            for (const Seen& one : chain) hit.earlier.push_back(one.evidence);
            hit.earlier.pop_back();
            hits.push_back(std::move(hit));
            return;
        }
        if (step == last_positive()) {  // what follows must not happen: remember whom it is about
            Finding about;
            about.id = key;  // only to be a finding
            about.has_actor = true;
            about.actor = actor_of(observation.event);
            about.has_object = observation.event.object.present;
            about.object = object_of(observation.event.object);
            about.verb = observation.event.verb;
            about.code = observation.event.response.code;
            abouts_[key] = to_json(about);
            next_deadline_ = std::min(next_deadline_, chain.front().time + rule_->within);
        }
        chains[step] = std::move(chain);
    }

    void in_any_order(size_t step, const std::string& key, Chains& chains, const Seen& seen,
                      std::vector<RuleHit>& hits) {
        chains[step] = {seen};
        audit::Time oldest = seen.time, newest = seen.time;
        for (const Chain& chain : chains) {
            if (chain.empty()) return;
            oldest = std::min(oldest, chain.front().time);
            newest = std::max(newest, chain.front().time);
        }
        if (oldest + rule_->within < newest) return;
        RuleHit hit{.key = key};
        for (size_t i = 0; i < chains.size(); ++i) {
            if (i != step) hit.earlier.push_back(chains[i].front().evidence);
        }
        hits.push_back(std::move(hit));
    }

    std::unordered_map<std::string, Chains> chains_;
    std::unordered_map<std::string, std::string> abouts_;  // by key, for sequences that end with `without`
    audit::Time next_deadline_ = audit::Time::max();
};

// A value that the key was not seen with for so long. The key itself must have been known for a while: of
// someone new, everything is new.
class NewValue : public RuleMemory {
  public:
    using RuleMemory::RuleMemory;

    void observe(rules::Context& context, const Observation& observation,
                 std::vector<RuleHit>& hits) override {
        const auto value = rule_key(context, rule_->value, true);
        if (!value) return;
        const std::string by = *rule_key(context, rule_->by, false);
        const std::string key = by + kSeparator + kSeparator + *value;
        const audit::Time time = observation.event.stage_time;
        Time& since = known_.try_emplace(by, Time{time, time}).first->second;
        const auto [last, is_new] = known_.try_emplace(key, Time{time, time});
        const bool fires =
            (is_new || last->second.last + rule_->memory < time) && since.first + rule_->learn <= time;
        since.last = std::max(since.last, time);
        last->second.last = std::max(last->second.last, time);
        touch(by);
        touch(key);
        if (fires) hits.push_back({.key = key});
    }

  protected:
    std::string write(const std::string& key) const override {
        const Time& time = known_.at(key);
        return json::serialize(json::object{{"first", number(time.first)}, {"last", number(time.last)}});
    }
    bool read(const std::string& key, std::string_view value) override {
        const json::value row = json::parse(value);
        known_[key] = {time_of(row.at("first")), time_of(row.at("last"))};
        return true;
    }
    bool is_over(const std::string& key, audit::Time now) const override {
        return known_.at(key).last + std::max(rule_->memory, rule_->learn) < now;
    }
    bool has(const std::string& key) const override { return known_.contains(key); }
    void drop(const std::string& key) override { known_.erase(key); }

  private:
    struct Time {
        audit::Time first, last;
    };
    std::unordered_map<std::string, Time> known_;
};

}  // namespace

std::optional<std::string> rule_key(rules::Context& context, const std::vector<rules::Field>& fields,
                                    bool whole) {
    std::string key;
    for (size_t i = 0; i < fields.size(); ++i) {
        if (i > 0) key += kSeparator;
        const std::string_view value = fields[i].first(context);
        if (value.empty() && whole) return std::nullopt;
        key += value.substr(0, kMaxKey);
    }
    return key;
}

std::unique_ptr<RuleMemory> make_rule_memory(const rules::RulePtr& rule) {
    switch (rule->kind) {
        case rules::RuleKind::Threshold:
            return std::make_unique<Threshold>(rule);
        case rules::RuleKind::Sequence:
            return std::make_unique<Sequence>(rule);
        case rules::RuleKind::NewValue:
            return std::make_unique<NewValue>(rule);
        case rules::RuleKind::Match:
            break;
    }
    return nullptr;
}

void RuleMemory::advance(audit::Time now, std::vector<RuleHit>& hits) {
    close_windows(now, hits);
    // The order of touching is nearly that of time: the first that still matters ends the search.
    while (!by_touch_.empty()) {
        const std::string key = by_touch_.begin()->second;
        if (!is_over(key, now)) return;
        remove(key);
    }
}

void RuleMemory::touch(const std::string& key) {
    uint64_t& touched = touched_[key];
    by_touch_.erase(touched);
    touched = ++calls_;
    by_touch_.emplace(touched, key);
    changed_.insert(key);
    if (touched_.size() > kMaxKeys) {
        remove(std::string(by_touch_.begin()->second));
        ++evictions_;
    }
}

void RuleMemory::remove(const std::string& key) {
    const auto touched = touched_.find(key);
    if (touched != touched_.end()) {
        by_touch_.erase(touched->second);
        touched_.erase(touched);
    }
    changed_.insert(key);
    drop(key);
}

std::string RuleMemory::row_key(std::string_view key) const {
    return rule_->id + kSeparator + std::string(key);
}

std::string RuleMemory::stamp() const {
    return finding_id({rule_->fingerprint}).substr(2, 12);
}

void RuleMemory::save(StateWriter& state) {
    for (const std::string& key : std::exchange(changed_, {})) {
        if (has(key)) {
            state.put(kTable, row_key(key),
                      "{\"rule\":\"" + stamp() + "\",\"touched\":" + std::to_string(touched_[key]) +
                          ",\"is\":" + write(key) + "}");
        } else {
            state.erase(kTable, row_key(key));
        }
    }
}

void RuleMemory::load_row(std::string_view key, std::string_view value) {
    const std::string name(key);
    boost::system::error_code error;
    const json::value row = json::parse(value, error);
    try {
        if (error || row.at("rule").as_string() != stamp() || !read(name, json::serialize(row.at("is")))) {
            changed_.insert(name);  // of another version of the rule: erased with the next save
            return;
        }
        const uint64_t touched = row.at("touched").to_number<uint64_t>();
        touched_[name] = touched;
        by_touch_[touched] = name;
        calls_ = std::max(calls_, touched);
    } catch (const std::exception&) {
        drop(name);
        changed_.insert(name);
    }
}

void RuleMemory::forget(StateWriter& state) const {
    for (const auto& [key, touched] : touched_) state.erase(kTable, row_key(key));
}

}  // namespace redshank
