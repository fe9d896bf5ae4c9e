// What a client claims about where it comes from. The API server writes X-Forwarded-For and X-Real-Ip in
// front of the address that it saw (k8s.io/apimachinery pkg/util/net), and anybody may send these.
#pragma once

#include <vector>

#include "audit/event.h"
#include "core/finding/finding.h"

namespace redshank {

// Adds a reason that says so, once in a finding. Nothing is decided by such an address.
void note_claimed_source(Finding& finding, const audit::Event& event);

// Replaces the reasons of a finding that was reported, but for that one.
void give_reasons(Finding& finding, std::vector<Reason> reasons);

}  // namespace redshank
