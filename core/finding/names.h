// The words that a finding's fields can have, for those who read them.
#pragma once

#include <string_view>

namespace redshank {

// Finding::detector.
inline constexpr std::string_view kDetectorNames[] = {"secret_exposure", "unusual_access", "crd_health",
                                                      "source", "rule"};

}  // namespace redshank
