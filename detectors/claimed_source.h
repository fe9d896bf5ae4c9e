// What a client claims about where it comes from. The API server writes X-Forwarded-For and X-Real-Ip in
// front of the address that it saw (k8s.io/apimachinery pkg/util/net), and anybody may send these.
#pragma once

#include "audit/event.h"
#include "core/finding/finding.h"

namespace redshank {

// Adds a reason that says so, once in a finding. Nothing is decided by such an address.
void note_claimed_source(Finding& finding, const audit::Event& event);

}  // namespace redshank
