#include "audit/policy/resources.h"

#include <algorithm>

namespace redshank::audit::policy {

namespace {

constexpr bool kIn = true, kCluster = false;
constexpr std::string_view kStatus = "status", kScaled = "scale status";

constexpr Resource kResources[] = {
    {"", "bindings", kIn},
    {"", "componentstatuses", kCluster},
    {"", "configmaps", kIn},
    {"", "endpoints", kIn},
    {"", "events", kIn},
    {"", "limitranges", kIn},
    {"", "namespaces", kCluster, "finalize status"},
    {"", "nodes", kCluster, "proxy status"},
    {"", "persistentvolumeclaims", kIn, kStatus},
    {"", "persistentvolumes", kCluster, kStatus},
    {"", "pods", kIn, "attach binding ephemeralcontainers eviction exec log portforward proxy resize status"},
    {"", "podtemplates", kIn},
    {"", "replicationcontrollers", kIn, kScaled},
    {"", "resourcequotas", kIn, kStatus},
    {"", "secrets", kIn},
    {"", "serviceaccounts", kIn, "token"},
    {"", "services", kIn, "proxy status"},
    {"admissionregistration.k8s.io", "mutatingadmissionpolicies", kCluster, "", 32},
    {"admissionregistration.k8s.io", "mutatingadmissionpolicybindings", kCluster, "", 32},
    {"admissionregistration.k8s.io", "mutatingwebhookconfigurations", kCluster},
    {"admissionregistration.k8s.io", "validatingadmissionpolicies", kCluster, kStatus, 26},
    {"admissionregistration.k8s.io", "validatingadmissionpolicybindings", kCluster, "", 26},
    {"admissionregistration.k8s.io", "validatingwebhookconfigurations", kCluster},
    {"apiextensions.k8s.io", "customresourcedefinitions", kCluster, kStatus},
    {"apiregistration.k8s.io", "apiservices", kCluster, kStatus},
    {"apps", "controllerrevisions", kIn},
    {"apps", "daemonsets", kIn, kStatus},
    {"apps", "deployments", kIn, kScaled},
    {"apps", "replicasets", kIn, kScaled},
    {"apps", "statefulsets", kIn, kScaled},
    {"authentication.k8s.io", "selfsubjectreviews", kCluster, "", 26},
    {"authentication.k8s.io", "tokenreviews", kCluster},
    {"authorization.k8s.io", "localsubjectaccessreviews", kIn},
    {"authorization.k8s.io", "selfsubjectaccessreviews", kCluster},
    {"authorization.k8s.io", "selfsubjectrulesreviews", kCluster},
    {"authorization.k8s.io", "subjectaccessreviews", kCluster},
    {"autoscaling", "horizontalpodautoscalers", kIn, kStatus},
    {"batch", "cronjobs", kIn, kStatus},
    {"batch", "jobs", kIn, kStatus},
    {"certificates.k8s.io", "certificatesigningrequests", kCluster, "approval status"},
    {"certificates.k8s.io", "clustertrustbundles", kCluster, "", 27},
    {"certificates.k8s.io", "podcertificaterequests", kIn, kStatus, 34},
    {"coordination.k8s.io", "leasecandidates", kIn, "", 31},
    {"coordination.k8s.io", "leases", kIn},
    {"discovery.k8s.io", "endpointslices", kIn},
    {"events.k8s.io", "events", kIn},
    {"flowcontrol.apiserver.k8s.io", "flowschemas", kCluster, kStatus},
    {"flowcontrol.apiserver.k8s.io", "prioritylevelconfigurations", kCluster, kStatus},
    {"internal.apiserver.k8s.io", "storageversions", kCluster, kStatus},
    {"networking.k8s.io", "clustercidrs", kCluster, "", 25, 28},
    {"networking.k8s.io", "ingressclasses", kCluster},
    {"networking.k8s.io", "ingresses", kIn, kStatus},
    {"networking.k8s.io", "ipaddresses", kCluster, "", 27},
    {"networking.k8s.io", "networkpolicies", kIn, kStatus},
    {"networking.k8s.io", "servicecidrs", kCluster, kStatus, 29},
    {"node.k8s.io", "runtimeclasses", kCluster},
    {"policy", "poddisruptionbudgets", kIn, kStatus},
    {"policy", "podsecuritypolicies", kCluster, "", 0, 24},
    {"rbac.authorization.k8s.io", "clusterrolebindings", kCluster},
    {"rbac.authorization.k8s.io", "clusterroles", kCluster},
    {"rbac.authorization.k8s.io", "rolebindings", kIn},
    {"rbac.authorization.k8s.io", "roles", kIn},
    {"resource.k8s.io", "deviceclasses", kCluster, "", 31},
    {"resource.k8s.io", "devicetaintrules", kCluster, kStatus, 33},
    {"resource.k8s.io", "podschedulingcontexts", kIn, kStatus, 27, 31},
    {"resource.k8s.io", "podschedulings", kIn, kStatus, 26, 26},
    {"resource.k8s.io", "resourceclaims", kIn, "binding driver status", 26},
    {"resource.k8s.io", "resourceclaimtemplates", kIn, "", 26},
    {"resource.k8s.io", "resourceclasses", kCluster, "", 26, 30},
    {"resource.k8s.io", "resourceslices", kCluster, "", 30},
    {"scheduling.k8s.io", "podgroups", kIn, kStatus, 35},
    {"scheduling.k8s.io", "priorityclasses", kCluster},
    {"scheduling.k8s.io", "workloads", kIn, kStatus, 35},
    {"storage.k8s.io", "csidrivers", kCluster},
    {"storage.k8s.io", "csinodes", kCluster},
    {"storage.k8s.io", "csistoragecapacities", kIn},
    {"storage.k8s.io", "storageclasses", kCluster},
    {"storage.k8s.io", "volumeattachments", kCluster, kStatus},
    {"storage.k8s.io", "volumeattributesclasses", kCluster, "", 29},
    {"storagemigration.k8s.io", "storageversionmigrations", kCluster, kStatus, 30},
};

}  // namespace

bool Resource::has_subresource(std::string_view subresource) const {
    std::string_view rest = subresources;
    while (!rest.empty()) {
        const std::string_view word = rest.substr(0, rest.find(' '));
        if (word == subresource) return true;
        rest.remove_prefix(std::min(rest.size(), word.size() + 1));
    }
    return false;
}

std::span<const Resource> built_in_resources() {
    return kResources;
}

bool is_built_in_group(std::string_view group) {
    return std::any_of(std::begin(kResources), std::end(kResources),
                       [&](const Resource& resource) { return resource.group == group; });
}

const Resource* find_resource(std::string_view group, std::string_view name, int kubernetes) {
    for (const Resource& resource : kResources) {
        const bool is_served = resource.since <= kubernetes && kubernetes <= resource.until;
        if (is_served && resource.group == group && resource.name == name) return &resource;
    }
    return nullptr;
}

std::vector<std::string_view> groups_with(std::string_view name, int kubernetes) {
    std::vector<std::string_view> groups;
    for (const Resource& resource : kResources) {
        if (resource.name == name && find_resource(resource.group, name, kubernetes) != nullptr)
            groups.push_back(resource.group);
    }
    return groups;
}

}  // namespace redshank::audit::policy
