// Judges whether an access to a Secret's content should have been impossible.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/finding/finding.h"
#include "core/request/request.h"
#include "detectors/secrets/protection.h"

namespace redshank::secrets {

// Why an access is an exposed one.
struct Judgement {
    Severity severity = Severity::Critical;
    std::string kind = "secret-read-unprotected";
    Reason reason;                            // the decisive reason …
    std::string but = {};                     // … and what makes it less grave
    std::vector<const ProtectedGlob*> globs;  // protected globs that the access touched
};

// Nothing when the access was in order.
std::optional<Judgement> judge_access(const Request& request, const SecretScope& scope,
                                      const Protection& protection, ByGrant by_grant);

}  // namespace redshank::secrets
