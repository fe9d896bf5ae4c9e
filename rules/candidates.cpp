#include "rules/candidates.h"

#include <algorithm>

#include "rules/may_hold.h"

namespace redshank::rules {

const std::vector<uint32_t>& Candidates::of_kind(const Request& request) {
    const auto* known = kinds_.find(request.kind);
    if (known != nullptr && *known) return **known;
    rules_.of_kind(request, kind_);
    if (known == nullptr) {  // seen for the first time: most kinds of a flood never come again
        kinds_.put(request.kind, std::nullopt);
        return kind_;
    }
    context_.reset(request, true);
    std::erase_if(kind_,
                  [&](uint32_t rule) { return !may_hold(*rules_.rules()[rule]->condition, context_); });
    kinds_.put(request.kind, kind_);
    return kind_;
}

const std::vector<uint32_t>& Candidates::of(const Request& request, bool answers) {
    found_.clear();
    if (!answers && !rules_.has_every_stage()) return found_;
    const Signs signs = signs_of(request);
    const auto take = [&](const std::vector<uint32_t>& rules) {
        for (const uint32_t rule : rules) {
            if (rules_.may_concern(rule, signs, answers)) found_.push_back(rule);
        }
    };
    take(of_kind(request));
    const size_t sorted = found_.size();
    if (const auto* named = rules_.of_name(request.event.object.name)) take(*named);
    if (found_.size() > sorted) std::sort(found_.begin(), found_.end());
    return found_;
}

}  // namespace redshank::rules
