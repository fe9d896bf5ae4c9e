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

bool CountLimit::holds(uint64_t counted) const {
    switch (op) {
        case Op::Less:
            return counted < count;
        case Op::LessEqual:
            return counted <= count;
        case Op::Greater:
            return counted > count;
        case Op::GreaterEqual:
            return counted >= count;
        case Op::Equal:
            return counted == count;
        case Op::NotEqual:
            break;
    }
    return counted != count;
}

bool Rule::is_excepted(Context& context) const {
    return std::any_of(exceptions.begin(), exceptions.end(), [&](const RuleException& exception) {
        return context.event().stage_time < exception.until && exception.condition->test(context);
    });
}

}  // namespace redshank::rules
