// Finds the Secrets that a workload's Pods get.
#pragma once

#include <set>
#include <string>
#include <string_view>

namespace redshank::secrets {

// The names of Secrets that a pod, or an object with a pod template, mounts, takes into its environment or
// pulls images with; also of a patch. Looks anywhere in the JSON, because templates sit at different depths;
// returns at most 100 names, and nothing for text that is no JSON.
std::set<std::string> referenced_secrets(std::string_view body);

}  // namespace redshank::secrets
