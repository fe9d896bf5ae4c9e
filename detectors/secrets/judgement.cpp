#include "detectors/secrets/judgement.h"

#include <algorithm>

#include "core/request/names.h"
#include "detectors/rbac/identity.h"

namespace redshank::secrets {

namespace {

std::optional<Judgement> judge_protected(const Request& request, const ProtectedGlob& glob) {
    const audit::Event& event = request.event;
    if (is_reader(*glob.entry, event.user)) return std::nullopt;
    const std::string what = glob.to_string();
    if (event.is_impersonated && is_reader(*glob.entry, event.impersonated_user)) {
        return Judgement{.severity = std::min(glob.entry->severity, Severity::High),
                         .kind = "secret-read-indirect",
                         .reason = {"impersonated-reader", "a reader of " + what + " was impersonated",
                                    std::string(event.impersonated_user.username)},
                         .globs = {&glob}};
    }
    if (request.effective.is_masters) {
        return Judgement{.severity = std::min(glob.entry->severity, Severity::Medium),
                         .reason = {"masters", "system:masters may read everything, whatever RBAC says",
                                    std::string(kMasters)},
                         .globs = {&glob}};
    }
    return Judgement{.severity = glob.entry->severity,
                     .reason = {"not-a-reader", "not among the readers of " + what, what},
                     .globs = {&glob}};
}

std::optional<Judgement> judge_grant(const Request& request) {
    using rbac::Breadth;
    if (request.effective.is(ActorClass::Anonymous)) {
        return Judgement{.reason = {"anonymous", "nobody had to log in", ""}};
    }
    const auto& grant = request.grant();
    if (!grant) return std::nullopt;
    const Breadth breadth = rbac::breadth(grant->subject_kind, grant->subject_name);
    if (rbac::is_broad(breadth)) {
        const std::string_view who = breadth == Breadth::ServiceAccounts ? "every service account"
                                     : breadth == Breadth::Authenticated ? "every authenticated identity"
                                                                         : "everybody";
        return Judgement{
            .reason = {"broad-grant", "the grant is to " + std::string(who), grant->subject_name}};
    }
    if (breadth == Breadth::OneNamespace) {
        return Judgement{.severity = Severity::Medium,
                         .reason = {"broad-grant", "the grant is to every service account of a namespace",
                                    grant->subject_name}};
    }
    return std::nullopt;
}

}  // namespace

std::optional<Judgement> judge_access(const Request& request, const SecretScope& scope,
                                      const Protection& protection, ByGrant by_grant) {
    if (request.is_control_plane_work()) return std::nullopt;
    std::optional<Judgement> worst;
    bool is_protected = false;
    for (const ProtectedGlob& glob : protection.globs()) {
        if (!glob.touches(scope)) continue;
        is_protected = true;
        auto found = judge_protected(request, glob);
        if (!found) continue;
        if (worst) found->globs.insert(found->globs.begin(), worst->globs.begin(), worst->globs.end());
        if (!worst || found->severity > worst->severity) {
            worst = std::move(found);
        } else {
            worst->globs = std::move(found->globs);
        }
    }
    if (worst || is_protected) return worst;
    const bool judged_by_grant =
        by_grant == ByGrant::Always || (by_grant == ByGrant::Auto && !protection.is_configured());
    if (judged_by_grant || request.effective.is(ActorClass::Anonymous)) return judge_grant(request);
    return std::nullopt;
}

}  // namespace redshank::secrets
