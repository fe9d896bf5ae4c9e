#include <algorithm>

#include "core/finding/finding_json.h"
#include "detectors/by_rule/kinds.h"
#include "detectors/finding_book.h"

namespace redshank::by_rule {

namespace {

// Steps in order, or all of them in any order.
class Sequence : public RuleMemory {
  public:
    using RuleMemory::RuleMemory;

    void observe(rules::Context& context, const Observation& observation,
                 std::vector<RuleHit>& hits) override {
        const auto& steps = rule_->steps;
        // Backwards, so that one event does not fulfil two steps in order.
        for (size_t i = steps.size(); i-- > 0;) {
            // A later step matters only to what has begun.
            const bool continues = i > 0 && rule_->ordered;
            if (continues && chains_.empty()) continue;
            if (!steps[i].condition->test(context)) continue;
            const auto key = window_key(context, observation, steps[i].by, true);
            if (!key || (continues && !chains_.contains(*key))) continue;
            if (continues && has_that_already(i, chains_.at(*key))) continue;
            const SeenEvent seen{observation.event.stage_time, evidence_of(observation), {}, 0};
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
            RuleHit hit = hit_of(key);
            hit.alone = finding_from_json(abouts_[key]);
            for (const SeenEvent& one : chains_.at(key).at(last_positive()))
                hit.earlier.push_back(one.evidence);
            if (hit.alone) hits.push_back(std::move(hit));
            remove(key);
        }
    }

  protected:
    std::string write(const std::string& key) const override {
        const auto about = abouts_.find(key);
        return write_row(Row{chains_.at(key), about == abouts_.end() ? std::string() : about->second});
    }
    bool read(const std::string& key, std::string_view json) override {
        auto row = read_row<Row>(json);
        if (!row || row->chains.size() != rule_->steps.size()) return false;
        chains_[key] = std::move(row->chains);
        if (!row->about.empty()) abouts_[key] = std::move(row->about);
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
    using Chain = std::vector<SeenEvent>;  // the events of the steps up to this one
    using Chains = std::vector<Chain>;     // by step; the newest of each, empty when there is none
    struct Row {
        Chains chains;
        std::string about;
        template <class V>
        void describe(V& v) {
            v.must("chains", chains);
            v("about", about);
        }
    };

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

    // A step in the middle that the newest beginning has seen: once is enough.
    bool has_that_already(size_t step, const Chains& chains) const {
        if (rule_->steps[step].without || step >= last_positive()) return false;
        const Chain &now = chains[step], &before = chains[positive_before(step)];
        return !now.empty() && !before.empty() && now.front().time == before.front().time &&
               now.front().evidence.audit_id == before.front().evidence.audit_id;
    }

    void in_order(size_t step, const std::string& key, Chains& chains, const SeenEvent& seen,
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
            RuleHit hit = hit_of(key);
            for (const SeenEvent& one : chain) hit.earlier.push_back(one.evidence);
            hit.earlier.pop_back();
            hits.push_back(std::move(hit));
            return;
        }
        if (step == last_positive()) {  // what follows must not happen: remember whom it is about
            abouts_[key] = about_json(observation.event, key);
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

    std::unordered_map<std::string, Chains> chains_;
    std::unordered_map<std::string, std::string> abouts_;  // by key, for sequences that end with `without`
    audit::Time next_deadline_ = audit::Time::max();
};

}  // namespace

std::unique_ptr<RuleMemory> make_sequence(const rules::RulePtr& rule) {
    return std::make_unique<Sequence>(rule);
}

}  // namespace redshank::by_rule
