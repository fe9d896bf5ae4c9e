#include "detectors/by_rule/kinds.h"

#include "core/finding/finding_json.h"
#include "detectors/finding_book.h"

namespace redshank::by_rule {

std::string about_json(const audit::Event& event, const std::string& key) {
    Finding about;
    about.id = key;  // only to be a finding
    set_request(about, event);
    return to_json(about);
}

std::unique_ptr<RuleMemory> make_rule_memory(const rules::RulePtr& rule) {
    switch (rule->kind) {
        case rules::RuleKind::Threshold:
            return rule->limits.empty() ? make_threshold(rule) : make_window_count(rule);
        case rules::RuleKind::Sequence:
            return make_sequence(rule);
        case rules::RuleKind::NewValue:
            return make_new_value(rule);
        case rules::RuleKind::Match:
            break;
    }
    return nullptr;
}

}  // namespace redshank::by_rule
