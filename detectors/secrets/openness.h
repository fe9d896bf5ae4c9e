// Derives from the RBAC objects alone, before anybody reads, which Secrets a binding exposes.
#pragma once

#include <map>
#include <set>
#include <string>

#include "detectors/rbac/mirror.h"
#include "detectors/secrets/judgement.h"
#include "detectors/secrets/protection.h"

namespace redshank::secrets {

struct Opening {
    std::set<std::string> subjects;  // "Group dev": subjects that gain access and are no readers
    Severity severity = Severity::Critical;
};

// Target ("shop/db" as configured; "shop/*" or "*/*" for a broad grant when Secrets are judged by grant) →
// who may read it through this binding without being a reader. Empty when all is in order; nothing when the
// binding's role is unknown. The control plane's own identities do not count.
std::optional<std::map<std::string, Opening>> openings_of(const rbac::Binding& binding,
                                                          const rbac::Mirror& mirror,
                                                          const Protection& protection, bool by_grant);

// The target of a read through a grant when Secrets are judged by grant.
std::string target_of(std::string_view binding_namespace);

}  // namespace redshank::secrets
