// The words of this detector's findings.
#pragma once

#include "detectors/secrets/access.h"
#include "detectors/secrets/judgement.h"

namespace redshank {

// Fills severity, title, summary, reasons and mitre; `finding` has its count and grant already.
void describe_read(Finding& finding, const audit::Event& event, const SecretScope& scope,
                   const Judgement& judgement);

// "alice", or "alice as root" when she impersonated.
std::string actor_words(const audit::Event& event);

}  // namespace redshank
