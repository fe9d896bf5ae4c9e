// The kinds of rule that keep state, one file each, and what they share.
#pragma once

#include <memory>
#include <string>

#include "core/state/row.h"
#include "detectors/by_rule/memory.h"

namespace redshank::by_rule {

std::unique_ptr<RuleMemory> make_threshold(const rules::RulePtr& rule);
std::unique_ptr<RuleMemory> make_window_count(const rules::RulePtr& rule);
std::unique_ptr<RuleMemory> make_sequence(const rules::RulePtr& rule);
std::unique_ptr<RuleMemory> make_new_value(const rules::RulePtr& rule);

// An event that a window keeps.
struct SeenEvent {
    audit::Time time{};
    Evidence evidence;
    std::string value;  // the value of `distinct`
    uint64_t with = 0;  // a bit for each condition of `with` that holds
};
template <class V>
void describe(V& v, SeenEvent& row) {
    v.as_array();
    v.must("time", micros(row.time));
    v.must("audit_id", row.evidence.audit_id);
    v.must("stage_time", micros(row.evidence.time));
    v.must("source", row.evidence.source);
    v.must("offset", row.evidence.offset);
    v.must("value", row.value);
    v("with", row.with);
    v("generation", row.evidence.generation);
}

// Actor and object of the event as JSON, for a finding that no event completes (RuleHit::alone).
std::string about_json(const audit::Event& event, const std::string& key);

}  // namespace redshank::by_rule
