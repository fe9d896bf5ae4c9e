// The words of the findings of crd_health.
#pragma once

#include <string>

#include "detectors/crd/resource.h"
#include "detectors/crd/slo.h"

namespace redshank::crd {

// Of an open finding about one class of failures.
void describe_faults(Finding& finding, const Resource& resource, OutcomeClass outcome, const Track& track,
                     const Judgement& judgement, double budget_left);

// "list by alice at 09:22:17 (500)".
std::string first_failure_text(const Failure& failure);

// "backups.example.com" with everything a terminal could stumble over taken out.
std::string shown_name(const ResourceKey& key);

FindingObject object_of(const ResourceKey& key);

// Adds a reason unless one of that name is there; replaces it if so.
void set_reason(Finding& finding, std::string_view name, std::string text, std::string value);

}  // namespace redshank::crd
