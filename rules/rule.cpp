#include "rules/rule.h"

#include <algorithm>

namespace redshank::rules {

std::string_view to_string(RuleKind kind) {
    switch (kind) {
        case RuleKind::Match:
            return "match";
        case RuleKind::Threshold:
            return "threshold";
        case RuleKind::Sequence:
            return "sequence";
        case RuleKind::NewValue:
            break;
    }
    return "new-value";
}

bool Rule::is_excepted(Context& context) const {
    return std::any_of(exceptions.begin(), exceptions.end(), [&](const RuleException& exception) {
        return context.event().stage_time < exception.until && exception.condition->test(context);
    });
}

}  // namespace redshank::rules
