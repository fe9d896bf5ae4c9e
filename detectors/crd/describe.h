// Writes the texts of the findings of crd_health.
#pragma once

#include <string>

#include "detectors/crd/resource.h"
#include "detectors/crd/slo.h"

namespace redshank::crd {

// For an open finding about one class of failures.
void describe_faults(Finding& finding, const Resource& resource, OutcomeClass outcome, const Track& track,
                     const Judgement& judgement);

// "alice (500) at 09:22:17 UTC".
std::string first_failure_text(const Failure& failure);

// "backups.example.com", without characters that are unsafe on a terminal.
std::string shown_name(const ResourceKey& key);

// Makes the finding about the resource, not about the object of the last request or its caller, who only
// suffers from it.
void set_about(Finding& finding, const ResourceKey& key);

// "just before, alice deleted CustomResourceDefinition a.example.com (12 s earlier)"; "" without a change.
std::string just_before(const std::string& change);

// "17 of 27 requests".
std::string share_words(uint64_t part, uint64_t all, std::string_view thing);

// Adds a reason, or replaces the one with the same name.
void set_reason(Finding& finding, std::string_view name, std::string text, std::string value);

}  // namespace redshank::crd
