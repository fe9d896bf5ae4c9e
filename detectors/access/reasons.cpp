#include "detectors/access/reasons.h"

namespace redshank::access {

std::vector<std::unique_ptr<NamedReason>> make_reasons(const UnusualAccessConfig& /*config*/) {
    std::vector<std::unique_ptr<NamedReason>> reasons;
    reasons.push_back(make_anonymous_success());
    return reasons;
}

}  // namespace redshank::access
