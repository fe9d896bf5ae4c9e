// Names without their generated parts, so that the next Pod, pull request or release counts as the same name.
#pragma once

#include <string>
#include <string_view>

namespace redshank::audit {

// "apihost-79dbb7d446-jwpqq" → "apihost-*", "main.18eaa60cc2187ae7" → "main.*", "web-0" → "web-#",
// "sh.helm.release.v1.api.v12" → "sh.helm.release.v1.api.v#". At most 128 bytes.
std::string name_stem(std::string_view name);

// "pr-1551-kbm6f" → "pr-*", "ci-7f3a9c1e" → "ci-*". "team-1", "payments" and "kube-system" stay unchanged,
// since people number namespaces as well.
std::string namespace_stem(std::string_view name);

// system:serviceaccount:pr-1551-kbm6f:run-4jxrbm → system:serviceaccount:pr-*:run-*. Names of other users
// stay unchanged.
std::string user_stem(std::string_view user);

}  // namespace redshank::audit
