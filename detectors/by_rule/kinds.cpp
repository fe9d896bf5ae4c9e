#include "detectors/by_rule/kinds.h"

#include "core/finding/finding_json.h"
#include "detectors/finding_book.h"

namespace redshank::by_rule {

namespace json = boost::json;

int64_t micros(audit::Time time) {
    return time.time_since_epoch().count();
}

audit::Time time_of(const json::value& value) {
    return audit::Time{audit::Duration{value.to_number<int64_t>()}};
}

json::value to_json_value(const SeenEvent& seen) {
    return json::array{micros(seen.time),    seen.evidence.audit_id, micros(seen.evidence.time),
                       seen.evidence.source, seen.evidence.offset,   seen.value};
}

SeenEvent seen_event(const json::value& value) {
    const json::array& row = value.as_array();
    const auto text = [&](size_t at) { return std::string(row.at(at).as_string()); };
    return {
        time_of(row.at(0)), {text(1), time_of(row.at(2)), text(3), row.at(4).to_number<uint64_t>()}, text(5)};
}

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
