#include "detectors/access/modest.h"

#include <algorithm>
#include <array>
#include <boost/json.hpp>

#include "core/request/verbs.h"
#include "core/state/json_fields.h"
#include "core/state/key.h"
#include "detectors/rbac/reach.h"
#include "detectors/rbac/write.h"
#include "detectors/webhook_guard.h"

namespace redshank::access {

namespace {

namespace json = boost::json;

bool is_true(const json::object& from, std::string_view key) {
    const json::value* value = from.if_contains(key);
    return value != nullptr && *value == true;
}

template <class Accepts>
bool all_in(const json::object& from, std::string_view key, Accepts accepts) {
    const json::array* all = json_array(from, key);
    return all == nullptr || std::all_of(all->begin(), all->end(), [&](const json::value& one) {
               return one.is_object() && accepts(one.get_object());
           });
}

// No field by which it would have more than its image: privileges, capabilities, processes of the host.
bool is_plain_container(const json::object& container) {
    const json::object* context = json_object(container, "securityContext");
    return context == nullptr ||
           (!is_true(*context, "privileged") && json_object(*context, "capabilities") == nullptr &&
            json_object(*context, "windowsOptions") == nullptr);
}

// Whoever may write into a folder of the node's logs has the kubelet read any file of the node for him: it
// follows the links there.
bool only_reads(const json::object& pod, std::string_view volume) {
    const auto reads = [&](const json::object& mount) {
        return json_text(mount, "name") != volume || is_true(mount, "readOnly");
    };
    const auto is_reader = [&](const json::object& container) {
        return all_in(container, "volumeMounts", reads);
    };
    return all_in(pod, "containers", is_reader) && all_in(pod, "initContainers", is_reader);
}

bool is_plain_volume(const json::object& pod, const json::object& volume) {
    static constexpr std::array<std::string_view, 4> kLogs{"/var/log", "/var/log/pods", "/var/log/containers",
                                                           "/var/lib/docker/containers"};
    const json::object* host = json_object(volume, "hostPath");
    if (host == nullptr) return true;
    std::string path = json_text(*host, "path");
    if (path.size() > 1 && path.ends_with('/')) path.pop_back();
    return std::find(kLogs.begin(), kLogs.end(), path) != kLogs.end() &&
           only_reads(pod, json_text(volume, "name"));
}

bool is_plain_workload(const json::value& body) {
    const json::object* object = body.if_object();
    const json::object* spec = object == nullptr ? nullptr : json_object(*object, "spec");
    const json::object* form = spec == nullptr ? nullptr : json_object(*spec, "template");
    const json::object* pod = form == nullptr ? nullptr : json_object(*form, "spec");
    return pod != nullptr && json_array(*pod, "containers") != nullptr && !is_true(*pod, "hostPID") &&
           !is_true(*pod, "hostIPC") && !is_true(*pod, "hostNetwork") &&
           all_in(*pod, "containers", is_plain_container) &&
           all_in(*pod, "initContainers", is_plain_container) &&
           all_in(*pod, "volumes", [&](const json::object& volume) { return is_plain_volume(*pod, volume); });
}

// What Kubernetes itself makes and keeps (bootstrappolicy).
bool is_modest_of_kubernetes(const rbac::Binding& binding) {
    static constexpr std::array<std::string_view, 6> kClusterRoles{"view",
                                                                   "system:auth-delegator",
                                                                   "system:basic-user",
                                                                   "system:discovery",
                                                                   "system:public-info-viewer",
                                                                   "system:monitoring"};
    if (binding.role_name == "extension-apiserver-authentication-reader")
        return binding.namespace_ == "kube-system";
    return binding.role_kind == "ClusterRole" &&
           std::find(kClusterRoles.begin(), kClusterRoles.end(), binding.role_name) != kClusterRoles.end();
}

std::string key_of_role(std::string_view cluster, std::string_view ns, std::string_view name) {
    return row_key({cluster, ns, name});
}

bool is_modest_webhooks(const json::value& body, bool mutates) {
    const json::object* object = body.if_object();
    const json::array* webhooks = object == nullptr ? nullptr : json_array(*object, "webhooks");
    if (webhooks == nullptr || !guard_of(*webhooks).outside.empty()) return false;
    const auto is_modest_rule = [mutates](const json::object& rule) {
        return intercepts_modestly(rule, mutates);
    };
    return std::all_of(webhooks->begin(), webhooks->end(), [&](const json::value& one) {
        return one.is_object() && all_in(one.get_object(), "rules", is_modest_rule);
    });
}

}  // namespace

void ModestRoles::note(std::string_view cluster, const Request& request) {
    const audit::Event& event = request.event;
    const bool is_namespace = event.object.resource == "namespaces";
    if (!rbac::is_rbac_object(event.object) || !changes_object(event.verb) || is_namespace) return;
    const std::optional<rbac::Write> write = rbac::read_write(request);
    if (!write || !write->roles) return;
    const auto* role = write->object ? std::get_if<rbac::Role>(&*write->object) : nullptr;
    for (const std::string& name : write->names) {
        const std::string key = key_of_role(cluster, write->namespace_, name);
        if (role == nullptr || !rbac::is_modest(*role)) {
            rows_.erase(key);
            continue;
        }
        HabitCell& cell = rows_.change(key);
        ++cell.count;
        cell.last = event.stage_time.time_since_epoch().count();
    }
}

bool ModestRoles::is_modest_part(std::string_view cluster, const Request& request) const {
    const audit::Event& event = request.event;
    const audit::ObjectRef& object = event.object;
    if (!puts_object(event.verb) || !event.succeeded() || !object.subresource.empty()) return false;
    if (object.api_group.empty() && object.resource == "serviceaccounts") return event.created_object();
    if (rbac::is_rbac_object(object)) {
        const std::optional<rbac::Write> write = rbac::read_write(request);
        if (!write || !write->object) return false;
        if (const auto* role = std::get_if<rbac::Role>(&*write->object)) return rbac::is_modest(*role);
        const auto& binding = std::get<rbac::Binding>(*write->object);
        const bool is_known =
            rows_.find(key_of_role(cluster, binding.role_namespace(), binding.role_name)) != nullptr;
        return (is_known || is_modest_of_kubernetes(binding)) &&
               std::all_of(binding.subjects.begin(), binding.subjects.end(),
                           [](const rbac::Subject& subject) { return subject.kind == "ServiceAccount"; });
    }
    const std::string_view shown = event.whole_object();
    if (shown.empty()) return false;
    const bool mutates = object.resource == "mutatingwebhookconfigurations";
    if (mutates || object.resource == "validatingwebhookconfigurations")
        return is_modest_webhooks(parse_body(shown), mutates);
    const bool is_workload =
        object.api_group == "apps" && (object.resource == "deployments" || object.resource == "daemonsets" ||
                                       object.resource == "statefulsets");
    return is_workload && is_plain_workload(parse_body(shown));
}

bool adds_plain_container(const audit::Event& event) {
    if (event.object.resource != "pods" || event.object.subresource != "ephemeralcontainers" ||
        event.request_object.empty()) {
        return false;
    }
    const json::value body = parse_body(event.request_object);
    const json::object* object = body.if_object();
    const json::object* spec = object == nullptr ? nullptr : json_object(*object, "spec");
    return spec != nullptr && json_array(*spec, "ephemeralContainers") != nullptr &&
           all_in(*spec, "ephemeralContainers", is_plain_container);
}

}  // namespace redshank::access
