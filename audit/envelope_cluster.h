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

}  // namespace redshank::audit
