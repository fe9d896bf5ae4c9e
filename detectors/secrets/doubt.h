// Reads of Secrets that were allowed by a grant to somebody in particular, and are doubtful all the same.
// Nothing here knows a name: what counts is that the log has been watched long enough, and that this was
// never seen in it.
#pragma once

#include "detectors/rbac/mirror.h"
#include "detectors/secrets/journal.h"
#include "detectors/secrets/judgement.h"
#include "detectors/secrets/reads.h"

namespace redshank::secrets {

// A grant is young within this time of the write that made it; one that is removed within it was temporary.
inline constexpr audit::Duration kYoungGrant = std::chrono::hours{24};

// How the caller was allowed, for the table of reads: the grant, "Group system:masters", or another
// authorizer's text ("" is the Node authorizer's).
std::string grant_words(const Request& request);

// What is known of one cluster.
struct SecretHistory {
    const Reads& reads;
    const Journal& journal;
    const rbac::Mirror& mirror;
    audit::Time settled;  // from when on what is new counts as new
};

// For an access that judge_access() found nothing in and that is not in `reads` yet; in a settled log only.
// Nothing when the caller has read this scope before, and for the control plane.
std::optional<Judgement> doubt_access(const Request& request, const SecretScope& scope,
                                      const SecretHistory& history);

// The reads through a binding between its making and its removal by `write` (just added to the journal), if
// it lived no longer than kYoungGrant, by callers who had no other right and were not made with it.
struct TemporaryGrant {
    std::string binding;  // "RoleBinding shop/tmp"
    Cause made;
    std::vector<Reads::Row> reads;  // at least one
};
std::vector<TemporaryGrant> temporary_grants(const rbac::Write& write, const Cause& removal,
                                             const SecretHistory& history);

}  // namespace redshank::secrets
