// The words that the fields of findings can have, for programs that read them.
#pragma once

#include <string_view>

namespace redshank {

// The values of Finding::detector.
inline constexpr std::string_view kDetectorNames[] = {"secret_exposure", "unusual_access", "crd_health",
                                                      "source", "rule"};

}  // namespace redshank
