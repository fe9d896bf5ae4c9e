// The resources that an API server serves itself in Kubernetes 1.24 to 1.37, in any API version: everything
// that a policy rule can be about without custom resources. Source: pkg/controlplane and the storage
// providers of each group.
#pragma once

#include <span>
#include <string_view>
#include <vector>

namespace redshank::audit::policy {

struct Resource {
    std::string_view group, name;
    bool is_namespaced = false;
    std::string_view subresources;  // with blanks between them
    int since = 0, until = 99;      // minor versions that serve it, both included
    bool has_subresource(std::string_view subresource) const;
};

std::span<const Resource> built_in_resources();

// Whether the group belongs to Kubernetes itself, not to custom resources or an aggregated API server.
bool is_built_in_group(std::string_view group);

// nullptr when the group has no such resource, or not in this version.
const Resource* find_resource(std::string_view group, std::string_view name, int kubernetes);

// The groups that have a resource with this name.
std::vector<std::string_view> groups_with(std::string_view name, int kubernetes);

}  // namespace redshank::audit::policy
