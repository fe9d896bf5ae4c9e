#pragma once

#include <string>
#include <string_view>

namespace redshank::audit {

// The cluster that an envelope (envelope.h) names; "" when it names none:
//   - NAME of `logGroup` "/aws/eks/NAME/cluster" (CloudWatch Logs, Amazon EKS);
//   - NAME, in small letters, of the first record's `resourceId` "…/managedClusters/NAME" (Azure AKS, which
//   writes it in capitals);
//   - `resource.labels.cluster_name` (Google Cloud Logging).
std::string cluster_of_envelope(std::string_view text);

// The same of the values of its members `logGroup` and `resourceId`, and of the JSON of `resource`.
std::string cluster_of_log_group(std::string_view group);
std::string cluster_of_resource_id(std::string_view id);
std::string cluster_of_resource(std::string_view json);

}  // namespace redshank::audit
