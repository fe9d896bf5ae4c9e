#include "detectors/secrets/doubt.h"

#include <algorithm>

#include "core/finding/sentence.h"
#include "core/request/names.h"
#include "core/request/rights.h"
#include "core/request/words.h"
#include "detectors/rbac/reach.h"

namespace redshank::secrets {

namespace {

constexpr std::string_view kLegacyToken = "authentication.k8s.io/legacy-token";

// Everything in the whole cluster, also by a role that gives it since a moment ago only.
bool is_unlimited(const Request& request, const rbac::Mirror& mirror) {
    if (is_through_cluster_admin(request)) return true;
    const audit::Grant& grant = *request.grant();
    if (!grant.is_cluster_wide() || !grant.is_rbac()) return false;
    const rbac::Role* role = mirror.role("", grant.role_name);
    return role != nullptr && rbac::gives_everything(*role);
}

bool is_own_namespace(const Actor& user, const SecretScope& scope) {
    return user.is_service_account && user.namespace_ == scope.namespace_;
}

// A new application: the caller's service account, its namespace or the binding's came together with the
// grant.
bool is_new_application(std::string_view username, std::string_view binding_namespace, audit::Time made,
                        const Journal& journal) {
    if (!binding_namespace.empty() && journal.namespace_born_near(binding_namespace, made)) return true;
    const auto account = service_account(username);
    return account && (journal.namespace_born_near(account->namespace_, made) ||
                       journal.account_born_near(account->namespace_, account->name, made));
}

Judgement judgement(Severity severity, Reason reason) {
    return {.severity = severity, .reason = std::move(reason), .globs = {}};
}

}  // namespace

std::string granted_by(const Request& request) {
    if (request.grant()) return request.reason.words;
    if (request.event.reason.empty() && request.effective.is_masters) {
        return "Group " + std::string(kMasters);
    }
    return std::string(request.event.reason);
}

std::optional<Judgement> doubt_access(const Request& request, const SecretScope& scope,
                                      const SecretHistory& history) {
    const audit::Event& event = request.event;
    if (request.is_control_plane_work() || history.reads.has_read(event, scope)) return std::nullopt;
    const Actor& user = request.effective;
    const auto& grant = request.grant();
    const bool is_new_grant = !history.reads.knows_grant(granted_by(request));
    if (grant) {
        const auto made = history.journal.making(
            {grant->binding_namespace, grant->binding_name,
             grant->role_kind == "Role" ? std::string_view(grant->binding_namespace) : std::string_view{},
             grant->role_name},
            std::max(history.settled, event.stage_time - kYoungGrant), event.stage_time);
        const bool is_install =
            made && is_new_application(user.name, grant->binding_namespace, made->time, history.journal);
        if (is_new_grant && !is_install && is_unlimited(request, history.mirror) &&
            !is_own_namespace(user, scope)) {
            // What an administrator of old could always read reaches less than what was opened just now.
            const bool is_unknown = history.too_young > audit::Duration{} && !made;
            // Root of a host of the control plane reads the Secrets in etcd.
            const bool is_at_root = history.is_on_control_host && user.is(ActorClass::Human);
            // A person where he always is, through a binding of old: what is kept for an emergency.
            const bool is_kept = history.is_at_home && !made;
            // Others may use the binding every day.
            const std::string as_whom =
                history.reads.knows_binding(*grant)
                    ? "as " +
                          subject_words(grant->subject_kind, grant->subject_namespace, grant->subject_name) +
                          " "
                    : "";
            auto found =
                judgement(history.is_old_admin || is_unknown || is_at_root || is_kept ? Severity::Medium
                                                                                      : Severity::High,
                          {"unlimited-grant",
                           "the grant allows everything, and nobody was seen using it for Secrets " +
                               as_whom + "before",
                           grant->role_name});
            if (event.verb == "update") {
                found.severity = Severity::Low;
                found.but = "an update sends the whole content itself";
            } else if (is_unknown)
                found.but = "the log is only " + span_words(history.too_young) +
                            " old, and has shown this caller for less than a day";
            return found;
        }
        // A binding keeps its role: who had all rights by it for a day gained none when another subject came.
        if (made && !is_install && !history.is_old_admin) {
            return judgement(Severity::Medium,
                             {"young-grant",
                              "never seen reading it before; the grant is " +
                                  span_words(event.stage_time - made->time) + " old: " + made->in_words(),
                              made->actor.user});
        }
    } else if (is_new_grant && user.is_masters) {
        return judgement(Severity::Medium,
                         {"masters", "system:masters may read everything, and was not seen doing so before",
                          std::string(kMasters)});
    }
    if (history.reads.knows_caller(event)) return std::nullopt;
    if (event.is_impersonated) {
        return judgement(Severity::Medium,
                         {"impersonated", "nobody was seen reading Secrets by this impersonation before",
                          std::string(event.impersonated_user.username)});
    }
    if (!event.annotation(kLegacyToken).empty()) {
        return judgement(
            Severity::Medium,
            {"legacy-token", "never seen reading Secrets before, and its token does not expire", ""});
    }
    if (user.is_service_account && user.account == "default") {
        return judgement(Severity::Medium,
                         {"default-account",
                          "never seen reading Secrets before, and every Pod without an account is this one",
                          user.namespace_});
    }
    return std::nullopt;
}

std::vector<TemporaryGrant> temporary_grants(const rbac::Write& write, const Cause& removal,
                                             const SecretHistory& history) {
    std::vector<TemporaryGrant> found;
    if (!write.removed || !write.bindings) return found;
    for (const std::string& name : write.names) {
        const auto made = history.journal.creation({write.namespace_, name, {}, {}},
                                                   removal.time - kYoungGrant, removal.time);
        if (!made) continue;
        TemporaryGrant temporary{.binding = write.namespace_.empty()
                                                ? "ClusterRoleBinding " + name
                                                : "RoleBinding " + write.namespace_ + "/" + name,
                                 .made = *made,
                                 .reads = {}};
        for (Reads::Row& row : history.reads.only_through(temporary.binding, made->time)) {
            const std::string who = stored(row.impersonated.empty() ? row.user : row.impersonated);
            if (!is_new_application(who, write.namespace_, made->time, history.journal)) {
                temporary.reads.push_back(std::move(row));
            }
        }
        if (!temporary.reads.empty()) found.push_back(std::move(temporary));
    }
    return found;
}

}  // namespace redshank::secrets
