#include "core/request/kind.h"

#include <algorithm>
#include <iterator>

namespace redshank {

namespace {

struct Row {
    std::string_view resource, group, kind;
};

constexpr std::string_view kRbac = "rbac.authorization.k8s.io", kAdmission = "admissionregistration.k8s.io";

// By resource.
constexpr Row kKinds[] = {
    {"apiservices", "apiregistration.k8s.io", "APIService"},
    {"certificatesigningrequests", "certificates.k8s.io", "CertificateSigningRequest"},
    {"clusterrolebindings", kRbac, "ClusterRoleBinding"},
    {"clusterroles", kRbac, "ClusterRole"},
    {"configmaps", "", "ConfigMap"},
    {"cronjobs", "batch", "CronJob"},
    {"customresourcedefinitions", "apiextensions.k8s.io", "CustomResourceDefinition"},
    {"daemonsets", "apps", "DaemonSet"},
    {"deployments", "apps", "Deployment"},
    {"endpoints", "", "Endpoints"},
    {"endpointslices", "discovery.k8s.io", "EndpointSlice"},
    {"events", "", "Event"},
    {"events", "events.k8s.io", "Event"},
    {"flowschemas", "flowcontrol.apiserver.k8s.io", "FlowSchema"},
    {"horizontalpodautoscalers", "autoscaling", "HorizontalPodAutoscaler"},
    {"ingresses", "networking.k8s.io", "Ingress"},
    {"jobs", "batch", "Job"},
    {"leases", "coordination.k8s.io", "Lease"},
    {"limitranges", "", "LimitRange"},
    {"mutatingadmissionpolicies", kAdmission, "MutatingAdmissionPolicy"},
    {"mutatingadmissionpolicybindings", kAdmission, "MutatingAdmissionPolicyBinding"},
    {"mutatingwebhookconfigurations", kAdmission, "MutatingWebhookConfiguration"},
    {"namespaces", "", "Namespace"},
    {"networkpolicies", "networking.k8s.io", "NetworkPolicy"},
    {"nodes", "", "Node"},
    {"persistentvolumeclaims", "", "PersistentVolumeClaim"},
    {"persistentvolumes", "", "PersistentVolume"},
    {"poddisruptionbudgets", "policy", "PodDisruptionBudget"},
    {"pods", "", "Pod"},
    {"podtemplates", "", "PodTemplate"},
    {"priorityclasses", "scheduling.k8s.io", "PriorityClass"},
    {"prioritylevelconfigurations", "flowcontrol.apiserver.k8s.io", "PriorityLevelConfiguration"},
    {"replicasets", "apps", "ReplicaSet"},
    {"replicationcontrollers", "", "ReplicationController"},
    {"resourcequotas", "", "ResourceQuota"},
    {"rolebindings", kRbac, "RoleBinding"},
    {"roles", kRbac, "Role"},
    {"secrets", "", "Secret"},
    {"selfsubjectaccessreviews", "authorization.k8s.io", "SelfSubjectAccessReview"},
    {"selfsubjectrulesreviews", "authorization.k8s.io", "SelfSubjectRulesReview"},
    {"serviceaccounts", "", "ServiceAccount"},
    {"services", "", "Service"},
    {"statefulsets", "apps", "StatefulSet"},
    {"storageclasses", "storage.k8s.io", "StorageClass"},
    {"subjectaccessreviews", "authorization.k8s.io", "SubjectAccessReview"},
    {"tokenreviews", "authentication.k8s.io", "TokenReview"},
    {"validatingadmissionpolicies", kAdmission, "ValidatingAdmissionPolicy"},
    {"validatingadmissionpolicybindings", kAdmission, "ValidatingAdmissionPolicyBinding"},
    {"validatingwebhookconfigurations", kAdmission, "ValidatingWebhookConfiguration"},
    {"volumeattachments", "storage.k8s.io", "VolumeAttachment"},
};
static_assert(std::is_sorted(std::begin(kKinds), std::end(kKinds),
                             [](const Row& a, const Row& b) { return a.resource < b.resource; }));

}  // namespace

std::string_view kind_of(std::string_view group, std::string_view resource) {
    auto at = std::lower_bound(std::begin(kKinds), std::end(kKinds), resource,
                               [](const Row& row, std::string_view wanted) { return row.resource < wanted; });
    for (; at != std::end(kKinds) && at->resource == resource; ++at) {
        if (at->group == group) return at->kind;
    }
    return {};
}

}  // namespace redshank
