// The name of a client's program from its user agent, without the parts that change with every release.
#pragma once

#include <string>
#include <string_view>

namespace redshank::audit {

// "kubectl/v1.32.0 (linux/amd64) kubernetes/abc" → "kubectl", "kubectl.1.30/v1.30.13 …" → "kubectl",
// "helm.exe/3.14" → "helm", "python-requests/2.31" → "python-requests". Lower case, at most 64 bytes,
// printable ASCII only; "none" for a request without a user agent. The client writes it as free text: compare
// it, never trust it.
std::string agent_product(std::string_view user_agent);

}  // namespace redshank::audit
