#include <algorithm>
#include <chrono>
#include <set>

#include "core/finding/finding_json.h"
#include "detectors/by_rule/kinds.h"
#include "detectors/by_rule/rows.h"
#include "detectors/finding_book.h"

namespace redshank::by_rule {

namespace {

constexpr size_t kTogether = 3;

using Chain = std::vector<SeenEvent>;  // the events of the steps up to this one
using Chains = std::vector<Chain>;     // by step; the newest of each, empty when there is none

struct Begun {
    Chains chains;
    std::string about;  // of a sequence that ends with `without`

    size_t held() const { return 0; }  // the rule's steps bound it
    template <class V>
    void describe(V& v) {
        v.must("chains", chains);
        v("about", about);
    }
};

// Steps in order, or all of them in any order.
class Sequence : public RuleRows<Begun> {
  public:
    using RuleRows::RuleRows;

    void observe(rules::Context& context, const Observation& observation, rules::Candidate& asked,
                 std::vector<RuleHit>& hits) override {
        const auto& steps = rule_->steps;
        bool may_matter = false;
        // Backwards, so that one event does not fulfil two steps in order.
        for (size_t i = steps.size(); i-- > 0;) {
            if (!rules::may_hold(i, asked.open)) continue;
            // A later step matters only to what has begun.
            const bool continues = i > 0 && rule_->ordered;
            if (continues) {
                const Begun* const begun = !empty() && key_of(context, observation, i) ? find(key_) : nullptr;
                const bool is_awaited = begun != nullptr && !has_that_already(i, begun->chains);
                may_matter = may_matter || is_awaited || (!empty() && !is_keyed_by_kind(i));
                if (!is_awaited) continue;
            }
            may_matter = may_matter || !continues;
            if (!rules::test_open_step(steps[i], i, asked.open, context)) continue;
            if (!continues && !key_of(context, observation, i)) continue;
            const SeenEvent seen{observation.event.stage_time, evidence_of(observation), {}, 0};
            wake();
            change(key_, [&](Begun& is) {
                is.chains.resize(steps.size());
                rule_->ordered ? in_order(i, key_, is, seen, observation, hits)
                               : in_any_order(i, key_, is.chains, seen, hits);
            });
        }
        if (!may_matter) sleep(asked);
    }

  protected:
    audit::Time close_windows(audit::Time now, std::vector<RuleHit>& hits) override {
        if (!rule_->steps.back().without) return audit::Time::max();
        if (now < next_deadline_) return next_deadline_;
        next_deadline_ = audit::Time::max();
        std::vector<std::string> over;
        each([&](std::string_view key, const Begun& is) {
            const Chain& last = is.chains.at(last_positive());
            if (last.empty()) return;
            const audit::Time deadline = last.front().time + rule_->within;
            if (deadline < now) {
                over.emplace_back(key);
            } else {
                next_deadline_ = std::min(next_deadline_, deadline);
            }
        });
        std::sort(over.begin(), over.end());
        for (const std::string& key : over) {
            const Begun& is = *find(key);
            RuleHit hit = hit_of(key);
            hit.alone = finding_from_json(is.about);
            hit.began = is.chains.at(last_positive()).front().time;
            hit.together = together(hit);
            for (const SeenEvent& one : is.chains.at(last_positive())) hit.earlier.push_back(one.evidence);
            if (hit.alone) hits.push_back(std::move(hit));
        }
        for (const std::string& key : over) erase(key);
        return next_deadline_;
    }
    bool is_usable(const Begun& is) const override { return is.chains.size() == rule_->steps.size(); }
    void was_loaded(const Begun&) override {
        next_deadline_ = audit::Time{};
        wake();
    }
    audit::Time end_of(const Begun& is) const override {
        audit::Time end = audit::Time::min();
        for (const Chain& chain : is.chains) {
            if (!chain.empty()) end = std::max(end, chain.front().time + rule_->within);
        }
        return end;
    }

  private:
    // Writes key_; false when the event has none for the step.
    bool key_of(rules::Context& context, const Observation& observation, size_t step) {
        return write_window_key(key_, context, observation, rule_->steps[step].by, true);
    }
    bool is_keyed_by_kind(size_t step) const {
        const std::vector<rules::Field>& by = rule_->steps[step].by;
        return std::all_of(by.begin(), by.end(), rules::is_of_kind);
    }

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

    // Callers of the same cluster whose windows began about then and are open: up to kTogether.
    size_t together(const RuleHit& hit) const {
        std::set<std::string> callers;
        each([&](std::string_view key, const Begun& is) {
            const Chain& last = is.chains.at(last_positive());
            if (callers.size() >= kTogether || last.empty() || hit_of(key).cluster != hit.cluster ||
                std::chrono::abs(last.front().time - hit.began) > std::chrono::minutes{1})
                return;
            const auto about = finding_from_json(is.about);
            if (about && about->actor) callers.insert(about->actor->user);
        });
        return callers.size();
    }

    // A step in the middle that the newest beginning has seen: once is enough.
    bool has_that_already(size_t step, const Chains& chains) const {
        if (rule_->steps[step].without || step >= last_positive()) return false;
        const Chain &now = chains[step], &before = chains[positive_before(step)];
        return !now.empty() && !before.empty() && now.front().time == before.front().time &&
               now.front().evidence.audit_id == before.front().evidence.audit_id;
    }

    void in_order(size_t step, const std::string& key, Begun& is, const SeenEvent& seen,
                  const Observation& observation, std::vector<RuleHit>& hits) {
        Chains& chains = is.chains;
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
            RuleHit hit = hit_of(key);
            for (const SeenEvent& one : chain) hit.earlier.push_back(one.evidence);
            hit.earlier.pop_back();
            hits.push_back(std::move(hit));
            return;
        }
        if (step == last_positive()) {  // what follows must not happen: remember whom it is about
            is.about = about_json(observation.event, key);
            next_deadline_ = std::min(next_deadline_, chain.front().time + rule_->within);
        }
        chains[step] = std::move(chain);
    }

    void in_any_order(size_t step, const std::string& key, Chains& chains, const SeenEvent& seen,
                      std::vector<RuleHit>& hits) {
        chains[step] = {seen};
        audit::Time oldest = seen.time, newest = seen.time;
        for (const Chain& chain : chains) {
            if (chain.empty()) return;
            oldest = std::min(oldest, chain.front().time);
            newest = std::max(newest, chain.front().time);
        }
        if (oldest + rule_->within < newest) return;
        RuleHit hit = hit_of(key);
        for (size_t i = 0; i < chains.size(); ++i) {
            if (i != step) hit.earlier.push_back(chains[i].front().evidence);
        }
        hits.push_back(std::move(hit));
    }

    audit::Time next_deadline_ = audit::Time::max();
    std::string key_;  // of the last look-up
};

}  // namespace

std::unique_ptr<RuleMemory> make_sequence(const rules::RulePtr& rule) {
    return std::make_unique<Sequence>(rule);
}

}  // namespace redshank::by_rule
