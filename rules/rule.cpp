#include "rules/rule.h"

#include <algorithm>
#include <mutex>
#include <utility>

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

struct RuleExamples::Shared {
    std::once_flag once;
    Read read;
    std::vector<RuleExample> examples;
};

RuleExamples::RuleExamples(Read read) : shared_(std::make_shared<Shared>()) {
    shared_->read = std::move(read);
}

const std::vector<RuleExample>& RuleExamples::get() const {
    static const std::vector<RuleExample> kNone;
    if (!shared_) return kNone;
    std::call_once(shared_->once, [this] { shared_->examples = std::exchange(shared_->read, nullptr)(); });
    return shared_->examples;
}

bool Rule::is_excepted(Context& context) const {
    return std::any_of(exceptions.begin(), exceptions.end(), [&](const RuleException& exception) {
        return context.event().stage_time < exception.until && exception.condition->test(context);
    });
}

}  // namespace redshank::rules
