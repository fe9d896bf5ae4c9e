// Writes the texts of the findings of crd_health.
#pragma once

#include <string>

#include "detectors/crd/resource.h"
#include "detectors/crd/slo.h"

namespace redshank::crd {

// For an open finding about one class of failures.
void describe_faults(Finding& finding, const Resource& resource, OutcomeClass outcome, const Track& track,
                     const Judgement& judgement, double budget_left);

// "list by alice at 09:22:17 (500)".
std::string first_failure_text(const Failure& failure);

// "backups.example.com", without characters that are unsafe on a terminal.
std::string shown_name(const ResourceKey& key);

// Makes the finding about the resource, not about the object of the last request or its caller, who only
// suffers from it.
void set_about(Finding& finding, const ResourceKey& key);

// "2026-01-05 09:22:17".
std::string since_text(audit::Time time);

// Adds a reason, or replaces the one with the same name.
void set_reason(Finding& finding, std::string_view name, std::string text, std::string value);

}  // namespace redshank::crd
