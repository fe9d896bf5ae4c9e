#include "detectors/great_roles.h"

#include <algorithm>
#include <optional>

#include "core/one_of.h"
#include "core/request/rights.h"
#include "core/request/verbs.h"
#include "detectors/rbac/reach.h"

namespace redshank {

namespace {

constexpr auto kOld = std::chrono::days{1};  // what the log showed so long ago is no part of an attack
constexpr int64_t kProven = 2, kTaken = 3;   // days

// Which of the four ways to everything a request takes: an index of GreatRoleRow::first.
std::optional<size_t> way_of(const audit::Event& event) {
    static constexpr std::array<std::string_view, 3> kRuns{"exec", "attach", "ephemeralcontainers"};
    static constexpr std::array<std::string_view, 6> kWorkloads{"pods",         "deployments", "daemonsets",
                                                                "statefulsets", "jobs",        "cronjobs"};
    static constexpr std::array<std::string_view, 5> kOfCluster{
        "nodes", "customresourcedefinitions", "apiservices", "validatingwebhookconfigurations",
        "mutatingwebhookconfigurations"};
    const audit::ObjectRef& object = event.object;
    if (object.resource == "pods" && is_one_of(object.subresource, kRuns)) return 2;
    if (!object.subresource.empty()) return std::nullopt;
    if (object.resource == "secrets" && object.api_group.empty()) return 0;
    if (!changes_object(event.verb)) return std::nullopt;
    if (object.resource == "clusterroles" || object.resource == "clusterrolebindings") return 1;
    if (is_one_of(object.resource, kWorkloads)) return 2;
    return is_one_of(object.resource, kOfCluster) ? std::optional<size_t>(3) : std::nullopt;
}

}  // namespace

bool GreatRoleRow::is_great(audit::Time now) const {
    if (shown != audit::Time{} && now - shown >= kOld) return true;
    if (proven.before_today(now) >= kProven) return true;
    const auto is_of_before = [&](audit::Time one) { return one != audit::Time{} && !same_day(one, now); };
    return ways.before_today(now) >= kTaken && std::all_of(first.begin(), first.end(), is_of_before);
}

bool GreatRoles::is_known(std::string_view role, audit::Time now) const {
    const GreatRoleRow* row = rows_.find(role);
    return row != nullptr && row->is_great(now);
}

// What the log last showed of a role counts.
void GreatRoles::read_roles(const audit::Event& event, const rbac::Write* write, audit::Time now) {
    const auto take = [&](const std::string& name, const rbac::Role* role) {
        if (role == nullptr || !rbac::gives_everything(*role)) {
            rows_.erase(name);
            return;
        }
        GreatRoleRow& row = rows_.change(name);
        if (row.shown == audit::Time{}) row.shown = now;
    };
    for (const rbac::Object& object : rbac::read_shown(event)) {
        const auto* role = std::get_if<rbac::Role>(&object);
        if (role != nullptr && role->namespace_.empty()) take(role->name, role);
    }
    if (write == nullptr || !write->roles || !write->namespace_.empty()) return;
    const auto* role = write->object ? std::get_if<rbac::Role>(&*write->object) : nullptr;
    for (const std::string& name : write->names) {
        if (role != nullptr || write->removed) take(name, role);
    }
}

// A binding for the whole cluster to what gives everything, or such a role; where the log shows no body, the
// role and the binding of Kubernetes by their names.
bool GreatRoles::gives_everything(const audit::Event& event, const rbac::Write* write,
                                  audit::Time now) const {
    const audit::ObjectRef& object = event.object;
    if (write == nullptr || !object.namespace_.empty() || !puts_object(event.verb)) return false;
    if (!write->object) return object.name == "cluster-admin";
    if (const auto* role = std::get_if<rbac::Role>(&*write->object)) return rbac::gives_everything(*role);
    const auto& binding = std::get<rbac::Binding>(*write->object);
    return binding.role_name == "cluster-admin" || is_known(binding.role_name, now);
}

// Whoever has just made such a role gives everything by it, too.
bool GreatRoles::gives_great_role(const rbac::Write& write, audit::Time now) const {
    const auto* binding = write.object ? std::get_if<rbac::Binding>(&*write.object) : nullptr;
    if (binding == nullptr || binding->role_kind != "ClusterRole") return false;
    const GreatRoleRow* row = rows_.find(binding->role_name);
    return row != nullptr && (row->shown != audit::Time{} || row->is_great(now));
}

void GreatRoles::note_use(const Request& request, const rbac::Write* write, audit::Time now) {
    if (!request.effective.is(ActorClass::Human) || !request.has_effect()) return;
    const std::optional<size_t> way = way_of(request.event);
    if (!way) return;
    const std::string& name = request.grant()->role_name;
    const GreatRoleRow* known = rows_.find(name);
    const bool gives = gives_everything(request.event, write, now);
    if (known != nullptr && !known->ways.is_another(now) && known->first[*way] != audit::Time{} &&
        !(gives && known->proven.is_another(now)))
        return;
    GreatRoleRow& row = rows_.change(name);
    row.ways.see(now);
    if (row.first[*way] == audit::Time{}) row.first[*way] = now;
    if (gives) row.proven.see(now);
}

const GreatRoles::Met& GreatRoles::meet(const GrantReason& reason) {
    if (rows_.size() != rows_met_ || rows_.removals() != removals_met_) {
        met_.fill({});
        rows_met_ = rows_.size();
        removals_met_ = rows_.removals();
    }
    Met& met = met_[reason.symbol % met_.size()];
    if (met.reason == reason.symbol) return met;
    met = {.reason = reason.symbol};
    const std::optional<audit::Grant>& grant = reason.grant;
    met.may_be_great = grant && grant->is_cluster_wide() && grant->is_rbac() && !reason.gives_everything;
    if (met.may_be_great) met.row = rows_.find(grant->role_name);
    return met;
}

bool GreatRoles::see(const Request& request, bool answers, audit::Time now) {
    std::optional<rbac::Write> read;
    is_given_ = false;
    if (answers && rbac::is_rbac_object(request.event.object)) {
        read = rbac::read_write(request);
        if (read) is_given_ = gives_great_role(*read, now);
        read_roles(request.event, read ? &*read : nullptr, now);
    }
    if (!meet(request.reason).may_be_great) return false;
    if (answers) note_use(request, read ? &*read : nullptr, now);
    const GreatRoleRow* row = meet(request.reason).row;
    return row != nullptr && row->is_great(now);
}

}  // namespace redshank
