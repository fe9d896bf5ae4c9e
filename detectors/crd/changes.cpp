#include "detectors/crd/changes.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>
#include <utility>

#include "detectors/crd/webhook_error.h"

namespace redshank::crd {

namespace json = boost::json;

namespace {

constexpr std::string_view kTable = "crd_health.changes";

// The log is not sorted: a change may be written a moment after the failure that it led to.
constexpr audit::Duration kDisorder = std::chrono::seconds{5};

bool is_change(std::string_view verb) {
    return verb == "create" || verb == "update" || verb == "patch" || verb == "delete" ||
           verb == "deletecollection";
}

bool what_of(const audit::Event& event, Change::What& what) {
    const std::string_view group = event.object.api_group, resource = event.object.resource;
    if (group == "apiextensions.k8s.io" && resource == "customresourcedefinitions") {
        what = Change::What::Crd;
    } else if (group == "admissionregistration.k8s.io") {
        what = Change::What::Webhook;
    } else if (group == "rbac.authorization.k8s.io") {
        what = Change::What::Rbac;
    } else if (group == "apiregistration.k8s.io" && resource == "apiservices") {
        what = Change::What::ApiService;
    } else {
        return false;
    }
    return true;
}

std::string_view kind_of(std::string_view resource) {
    constexpr std::pair<std::string_view, std::string_view> kKinds[] = {
        {"customresourcedefinitions", "CustomResourceDefinition"},
        {"apiservices", "APIService"},
        {"validatingwebhookconfigurations", "ValidatingWebhookConfiguration"},
        {"mutatingwebhookconfigurations", "MutatingWebhookConfiguration"},
        {"validatingadmissionpolicies", "ValidatingAdmissionPolicy"},
        {"validatingadmissionpolicybindings", "ValidatingAdmissionPolicyBinding"},
        {"clusterroles", "ClusterRole"},
        {"clusterrolebindings", "ClusterRoleBinding"},
        {"roles", "Role"},
        {"rolebindings", "RoleBinding"},
    };
    for (const auto& [plural, kind] : kKinds) {
        if (plural == resource) return kind;
    }
    return "object";
}

std::string_view past_of(std::string_view verb) {
    if (verb == "create") return "created";
    return verb.starts_with("delete") ? "deleted" : "changed";
}

bool explains(Change::What what, OutcomeClass outcome) {
    switch (outcome) {
        case OutcomeClass::AdmissionWebhookFailed:
        case OutcomeClass::AdmissionDenied:
            return what == Change::What::Webhook;
        case OutcomeClass::Forbidden:
            return what == Change::What::Rbac;
        case OutcomeClass::ServerError:
        case OutcomeClass::Timeout:
            return what == Change::What::Crd || what == Change::What::ApiService;
        default:
            return what == Change::What::Crd;
    }
}

std::string crd_name(std::string_view group, std::string_view resource) {
    return fmt::format("{}.{}", resource, group);
}

}  // namespace

std::string Change::text() const {
    const std::string where = namespace_.empty() ? shown(name) : shown(namespace_) + "/" + shown(name);
    return fmt::format("{} {} {} {}", shown(user), past_of(verb), kind_of(resource),
                       name.empty() ? "(several)" : where);
}

void Changes::learn(std::string_view cluster, const audit::Event& event) {
    Change::What what{};
    // The status of a CRD or APIService is the API server's own bookkeeping.
    if (!event.object.present || !event.object.subresource.empty() || !is_change(event.verb) ||
        !event.succeeded() || !what_of(event, what) || event.user.username == "system:apiserver" ||
        event.is_dry_run()) {
        return;
    }
    all_.push_back({what, event.stage_time, std::string(cluster),
                    std::string(event.effective_user().username), std::string(event.verb),
                    std::string(event.object.resource), std::string(event.object.namespace_),
                    std::string(event.object.name)});
    if (all_.size() > kKept) all_.pop_front();
    changed_ = true;
}

const Change* Changes::before(audit::Time time, std::string_view cluster, std::string_view group,
                              std::string_view resource, OutcomeClass outcome) const {
    const std::string name = crd_name(group, resource);
    for (auto change = all_.rbegin(); change != all_.rend(); ++change) {
        if (change->time > time + kDisorder || change->cluster != cluster) continue;
        if (change->time + kBlamed < time) continue;
        if (!explains(change->what, outcome)) continue;
        if (change->what == Change::What::Crd && change->name != name && !change->name.empty()) continue;
        return &*change;
    }
    return nullptr;
}

std::string Changes::before_text(audit::Time time, const ResourceKey& key, OutcomeClass outcome) const {
    const Change* change = before(time, key.cluster, key.group, key.resource, outcome);
    if (!change) return "";
    return fmt::format("{} ({} earlier)", change->text(),
                       audit::format_duration(std::max(time - change->time, audit::Duration{})));
}

audit::Time Changes::created(std::string_view cluster, std::string_view group,
                             std::string_view resource) const {
    const std::string name = crd_name(group, resource);
    for (auto change = all_.rbegin(); change != all_.rend(); ++change) {
        if (change->what == Change::What::Crd && change->verb == "create" && change->cluster == cluster &&
            change->name == name) {
            return change->time;
        }
    }
    return {};
}

void Changes::load(const StateReader& state) {
    const auto row = state.get(kTable, "all");
    boost::system::error_code error;
    const json::value value = row ? json::parse(*row, error) : json::value{};
    if (error || !value.is_array()) return;
    for (const json::value& entry : value.as_array()) {
        const auto text = [&](const char* key) { return json::value_to<std::string>(entry.at(key)); };
        all_.push_back({static_cast<Change::What>(entry.at("what").to_number<int>()),
                        audit::Time{audit::Duration{entry.at("time").to_number<int64_t>()}}, text("cluster"),
                        text("user"), text("verb"), text("resource"), text("namespace"), text("name")});
    }
}

void Changes::save(StateWriter& state) {
    if (!std::exchange(changed_, false)) return;
    json::array rows;
    for (const Change& change : all_) {
        rows.push_back({{"what", static_cast<int>(change.what)},
                        {"time", change.time.time_since_epoch().count()},
                        {"cluster", change.cluster},
                        {"user", change.user},
                        {"verb", change.verb},
                        {"resource", change.resource},
                        {"namespace", change.namespace_},
                        {"name", change.name}});
    }
    state.put(kTable, "all", json::serialize(rows));
}

}  // namespace redshank::crd
