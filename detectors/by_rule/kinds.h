// The kinds of rule that remember something, one file each, and what they share.
#pragma once

#include <boost/json.hpp>
#include <memory>
#include <string>

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
    std::string value;  // of `distinct`
};

// Who and what the event is about, as JSON, for a finding that no event completes (RuleHit::alone).
std::string about_json(const audit::Event& event, const std::string& key);

// As rows of the state hold them: times in microseconds since 1970. The readers throw.
boost::json::value to_json_value(const SeenEvent& seen);
SeenEvent seen_event(const boost::json::value& value);
int64_t micros(audit::Time time);
audit::Time time_of(const boost::json::value& value);

}  // namespace redshank::by_rule
