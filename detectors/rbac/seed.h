// The state of RBAC at start, from the output of
//   kubectl get clusterroles,clusterrolebindings,roles,rolebindings -A -o json
#pragma once

#include <string>
#include <vector>

#include "detectors/rbac/objects_json.h"

namespace redshank::rbac {

// Throws std::runtime_error: "FILE:LINE:COLUMN: …" for bad JSON, "FILE: items[N]: …" for an item that is not
// one of the four kinds.
std::vector<Object> read_seed(const std::string& file);

}  // namespace redshank::rbac
