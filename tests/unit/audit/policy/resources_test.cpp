// The whole table of what an API server serves: versions, subresources, groups.
#include "audit/policy/resources.h"

#include <gmock/gmock.h>

#include <map>

#include "audit/policy/policy.h"

namespace redshank::audit::policy {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::string full_name(const Resource& resource) {
    return std::string(resource.name) + "." + std::string(resource.group);
}

// What is not served by every version, with the first and the last that serves it (0: the oldest here, 99:
// the newest).
TEST(PolicyResources, AreServedFromTheirFirstVersionToTheirLast) {
    const std::map<std::string, std::pair<int, int>> kSome{
        {"mutatingadmissionpolicies.admissionregistration.k8s.io", {32, 99}},
        {"mutatingadmissionpolicybindings.admissionregistration.k8s.io", {32, 99}},
        {"validatingadmissionpolicies.admissionregistration.k8s.io", {26, 99}},
        {"validatingadmissionpolicybindings.admissionregistration.k8s.io", {26, 99}},
        {"selfsubjectreviews.authentication.k8s.io", {26, 99}},
        {"clustertrustbundles.certificates.k8s.io", {27, 99}},
        {"podcertificaterequests.certificates.k8s.io", {34, 99}},
        {"leasecandidates.coordination.k8s.io", {31, 99}},
        {"clustercidrs.networking.k8s.io", {25, 28}},
        {"ipaddresses.networking.k8s.io", {27, 99}},
        {"servicecidrs.networking.k8s.io", {29, 99}},
        {"podsecuritypolicies.policy", {0, 24}},
        {"deviceclasses.resource.k8s.io", {31, 99}},
        {"devicetaintrules.resource.k8s.io", {33, 99}},
        {"podschedulingcontexts.resource.k8s.io", {27, 31}},
        {"podschedulings.resource.k8s.io", {26, 26}},
        {"resourceclaims.resource.k8s.io", {26, 99}},
        {"resourceclaimtemplates.resource.k8s.io", {26, 99}},
        {"resourceclasses.resource.k8s.io", {26, 30}},
        {"resourceslices.resource.k8s.io", {30, 99}},
        {"podgroups.scheduling.k8s.io", {35, 99}},
        {"workloads.scheduling.k8s.io", {35, 99}},
        {"volumeattributesclasses.storage.k8s.io", {29, 99}},
        {"storageversionmigrations.storagemigration.k8s.io", {30, 99}},
    };
    size_t seen = 0;
    for (const Resource& resource : built_in_resources()) {
        const auto some = kSome.find(full_name(resource));
        const auto [first, last] = some == kSome.end() ? std::pair(0, 99) : some->second;
        seen += some == kSome.end() ? 0 : 1;
        for (int version = kOldestKubernetes - 1; version <= kNewestKubernetes + 1; ++version) {
            const Resource* found = find_resource(resource.group, resource.name, version);
            EXPECT_EQ(found != nullptr, first <= version && version <= last)
                << full_name(resource) << " " << version;
            EXPECT_TRUE(found == nullptr || found == &resource);
        }
    }
    EXPECT_EQ(seen, kSome.size());
    EXPECT_EQ(built_in_resources().size(), 80u);
    EXPECT_EQ(find_resource("apps", "pods", 31), nullptr);
    EXPECT_EQ(find_resource("", "deployments", 31), nullptr);
}

TEST(PolicyResources, HaveTheSubresourcesOfTheServer) {
    const std::map<std::string, std::vector<std::string>> kSome{
        {"namespaces.", {"finalize", "status"}},
        {"nodes.", {"proxy", "status"}},
        {"pods.",
         {"attach", "binding", "ephemeralcontainers", "eviction", "exec", "log", "portforward", "proxy",
          "resize", "status"}},
        {"replicationcontrollers.", {"scale", "status"}},
        {"serviceaccounts.", {"token"}},
        {"services.", {"proxy", "status"}},
        {"deployments.apps", {"scale", "status"}},
        {"replicasets.apps", {"scale", "status"}},
        {"statefulsets.apps", {"scale", "status"}},
        {"certificatesigningrequests.certificates.k8s.io", {"approval", "status"}},
        {"resourceclaims.resource.k8s.io", {"binding", "driver", "status"}},
    };
    const std::vector<std::string> all{"approval", "attach", "binding",  "driver", "ephemeralcontainers",
                                       "eviction", "exec",   "finalize", "log",    "portforward",
                                       "proxy",    "resize", "scale",    "token"};
    for (const Resource& resource : built_in_resources()) {
        const auto some = kSome.find(full_name(resource));
        for (const std::string& word : all) {
            const bool is_expected =
                some != kSome.end() &&
                std::find(some->second.begin(), some->second.end(), word) != some->second.end();
            EXPECT_EQ(resource.has_subresource(word), is_expected) << full_name(resource) << "/" << word;
        }
        EXPECT_FALSE(resource.has_subresource("")) << full_name(resource);
        EXPECT_FALSE(resource.has_subresource("stat")) << full_name(resource);
        EXPECT_FALSE(resource.has_subresource("scale status")) << full_name(resource);
    }
    for (const char* name : {"persistentvolumeclaims", "persistentvolumes", "resourcequotas"})
        EXPECT_TRUE(find_resource("", name, 31)->has_subresource("status")) << name;
    for (const char* name :
         {"secrets", "configmaps", "endpoints", "events", "limitranges", "podtemplates", "bindings"})
        EXPECT_FALSE(find_resource("", name, 31)->has_subresource("status")) << name;
}

TEST(PolicyResources, LieInNamespacesOrInNone) {
    std::vector<std::string> cluster;
    for (const Resource& resource : built_in_resources()) {
        if (!resource.is_namespaced && resource.group.find('.') == std::string_view::npos)
            cluster.push_back(full_name(resource));
    }
    EXPECT_THAT(cluster, ElementsAre("componentstatuses.", "namespaces.", "nodes.", "persistentvolumes.",
                                     "podsecuritypolicies.policy"));
    for (const char* name : {"rolebindings", "roles"})
        EXPECT_TRUE(find_resource("rbac.authorization.k8s.io", name, 31)->is_namespaced);
    for (const char* name : {"clusterrolebindings", "clusterroles"})
        EXPECT_FALSE(find_resource("rbac.authorization.k8s.io", name, 31)->is_namespaced);
}

TEST(PolicyResources, GroupsAreKnownByTheirNames) {
    EXPECT_THAT(groups_with("events", 31), ElementsAre("", "events.k8s.io"));
    EXPECT_THAT(groups_with("pods", 31), ElementsAre(""));
    EXPECT_THAT(groups_with("podsecuritypolicies", 24), ElementsAre("policy"));
    EXPECT_THAT(groups_with("podsecuritypolicies", 25), IsEmpty());
    EXPECT_THAT(groups_with("widgets", 31), IsEmpty());
    for (const char* group :
         {"", "apps", "batch", "policy", "rbac.authorization.k8s.io", "storagemigration.k8s.io"})
        EXPECT_TRUE(is_built_in_group(group)) << group;
    for (const char* group : {"example.com", "app", "apps.k8s.io", "extensions", "k8s.io"})
        EXPECT_FALSE(is_built_in_group(group)) << group;
}

TEST(PolicyResources, VersionsAreReadWithAndWithoutTheirPatch) {
    const std::pair<const char*, std::optional<int>> kCases[] = {
        {"1.24", 24},
        {"1.37", 37},
        {"v1.31.4", 31},
        {"1.31.", 31},
        {"1.23", std::nullopt},
        {"1.38", std::nullopt},
        {"2.31", std::nullopt},
        {"1.", std::nullopt},
        {"1.31x", std::nullopt},
        {"1.x", std::nullopt},
        {"", std::nullopt},
        {"vv1.31", std::nullopt},
        {"1.31-eks", std::nullopt},
    };
    for (const auto& [text, minor] : kCases) EXPECT_EQ(kubernetes_minor(text), minor) << text;
}

}  // namespace
}  // namespace redshank::audit::policy
