// Is this access to a Secret's content one that should not have been possible?
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "audit/grant.h"
#include "core/finding/finding.h"
#include "detectors/secrets/protection.h"

namespace redshank::secrets {

// Why an access is an exposed one.
struct Judgement {
    Severity severity = Severity::Critical;
    std::string kind = "secret-read-unprotected";
    Reason reason;                            // the one that decides
    std::vector<const ProtectedGlob*> globs;  // what the configuration protects and this touched
};

// Nothing when the access was in order. `grant` is that of the event's reason, if it has one.
std::optional<Judgement> judge_access(const audit::Event& event, const SecretScope& scope,
                                      const std::optional<audit::Grant>& grant, const Protection& protection,
                                      ByGrant by_grant);

}  // namespace redshank::secrets
