// Reads of Secrets through a grant to a particular subject that are doubtful all the same. No names are used:
// a read is doubtful when the log has been watched long enough and has never shown the like.
#pragma once

#include "detectors/rbac/mirror.h"
#include "detectors/secrets/journal.h"
#include "detectors/secrets/judgement.h"
#include "detectors/secrets/reads.h"

namespace redshank::secrets {

// A grant is young during this time after the write that created it; a grant removed in this time was
// temporary.
inline constexpr audit::Duration kYoungGrant = std::chrono::hours{24};

// How the caller was allowed, for the table of reads: the grant, "Group system:masters", or the text of
// another authorizer ("" for the Node authorizer).
std::string granted_by(const Request& request);

// The knowledge about one cluster.
struct SecretHistory {
    const Reads& reads;
    const Journal& journal;
    const rbac::Mirror& mirror;
    audit::Time settled;  // from this time on, something new is doubtful
    // The caller has worked with all rights, by the same grant, for a day at least.
    bool is_old_admin = false;
    bool is_on_control_host = false;  // see ControlHosts
    bool is_at_home = false;          // see Renames
    // The age of the log when it cannot know that the caller never did this (see Callers), else 0.
    audit::Duration too_young{};
};

// Call it for an access that judge_access() accepted and that is not in `reads` yet, in a settled log only.
// Returns nothing when the caller has read this scope before, and for the control plane.
std::optional<Judgement> doubt_access(const Request& request, const SecretScope& scope,
                                      const SecretHistory& history);

// Reads through a binding between its creation and its removal by `write` (just added to the journal), if it
// existed for at most kYoungGrant, by callers who had no other right and were not created with it.
struct TemporaryGrant {
    std::string binding;  // "RoleBinding shop/tmp"
    Cause made;
    std::vector<Reads::Row> reads;  // at least one
};
std::vector<TemporaryGrant> temporary_grants(const rbac::Write& write, const Cause& removal,
                                             const SecretHistory& history);

}  // namespace redshank::secrets
