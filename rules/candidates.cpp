#include "rules/candidates.h"

#include <algorithm>

namespace redshank::rules {

const std::vector<uint32_t>& Candidates::of_deed(const Request& request) {
    const KindNumber& deed = request.kind.deed;
    auto* known = deeds_.find(deed);
    if (known != nullptr && *known) return **known;
    of_deed_.clear();
    rules_.of_deed(request, of_deed_);
    if (known == nullptr) {  // seen for the first time
        deeds_.put(deed, std::nullopt);
        return of_deed_;
    }
    context_.reset(request, true);
    std::erase_if(of_deed_,
                  [&](uint32_t rule) { return !left_open(*rules_.rules()[rule], context_, Known::Deed); });
    return *(*known = of_deed_);
}

std::vector<Candidate>& Candidates::of_kind(const Request& request) {
    auto& kinds = request.is_by_great_role ? great_kinds_ : kinds_;
    auto* known = kinds.find(request.kind);
    if (known != nullptr && *known) return **known;
    indexes_ = of_deed(request);
    rules_.of_sender(request, indexes_);
    std::sort(indexes_.begin(), indexes_.end());
    kind_.clear();
    if (known == nullptr) {  // seen for the first time: most kinds of a flood never come again
        for (const uint32_t rule : indexes_) kind_.push_back({rule, kAllOpen});
        kinds.put(request.kind, std::nullopt);
        return kind_;
    }
    context_.reset(request, true);
    for (const uint32_t rule : indexes_) {
        if (const auto open = left_open(*rules_.rules()[rule], context_)) kind_.push_back({rule, *open});
    }
    return *(*known = kind_);
}

std::span<Candidate> Candidates::of(const Request& request, bool answers) {
    if (!answers && !rules_.has_every_stage()) return {};
    std::vector<Candidate>& of_kind = this->of_kind(request);
    const auto* named = rules_.of_name(request.event.object.name);
    if (answers && named == nullptr) return of_kind;
    found_.clear();
    const auto add = [&](const Candidate& candidate) {
        if (answers || rules_.sees_every_stage(candidate.rule)) found_.push_back(candidate);
    };
    for (const Candidate& candidate : of_kind) add(candidate);
    if (named == nullptr) return found_;
    const Signs signs = signs_of(request);
    for (const uint32_t rule : *named) {
        if (rules_.has_signs(rule, signs)) add({rule, kAllOpen});
    }
    std::sort(found_.begin(), found_.end(),
              [](const Candidate& a, const Candidate& b) { return a.rule < b.rule; });
    return found_;
}

}  // namespace redshank::rules
