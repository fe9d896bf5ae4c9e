#include "rules/candidates.h"

#include <algorithm>

namespace redshank::rules {

const std::vector<Candidate>& Candidates::of_kind(const Request& request) {
    const auto* known = kinds_.find(request.kind);
    if (known != nullptr && *known) return **known;
    rules_.of_kind(request, indexes_);
    kind_.clear();
    if (known == nullptr) {  // seen for the first time: most kinds of a flood never come again
        for (const uint32_t rule : indexes_) kind_.push_back({rule, kAllOpen});
        kinds_.put(request.kind, std::nullopt);
        return kind_;
    }
    context_.reset(request, true);
    for (const uint32_t rule : indexes_) {
        if (const auto open = left_open(*rules_.rules()[rule], context_)) kind_.push_back({rule, *open});
    }
    kinds_.put(request.kind, kind_);
    return kind_;
}

const std::vector<Candidate>& Candidates::of(const Request& request, bool answers) {
    found_.clear();
    if (!answers && !rules_.has_every_stage()) return found_;
    const Signs signs = signs_of(request);
    for (const Candidate& candidate : of_kind(request)) {
        if (rules_.may_concern(candidate.rule, signs, answers)) found_.push_back(candidate);
    }
    const auto* named = rules_.of_name(request.event.object.name);
    if (named == nullptr) return found_;
    for (const uint32_t rule : *named) {
        if (rules_.may_concern(rule, signs, answers)) found_.push_back({rule, kAllOpen});
    }
    std::sort(found_.begin(), found_.end(),
              [](const Candidate& a, const Candidate& b) { return a.rule < b.rule; });
    return found_;
}

}  // namespace redshank::rules
