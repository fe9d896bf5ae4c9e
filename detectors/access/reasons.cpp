#include "detectors/access/reasons.h"

namespace redshank::access {

std::vector<std::unique_ptr<NamedReason>> make_reasons(const Config& config) {
    std::vector<std::unique_ptr<NamedReason>> reasons;
    reasons.push_back(make_token_lineage());  // first: it decides whose step a request is for the others
    reasons.push_back(make_anonymous_success());
    reasons.push_back(make_dormant_identity(config));
    reasons.push_back(make_impersonation());
    reasons.push_back(make_refusal_burst());
    reasons.push_back(make_permission_enumeration());
    reasons.push_back(make_credential_change());
    reasons.push_back(make_off_hours());
    reasons.push_back(make_unknown_credential());
    reasons.push_back(make_two_networks());
    return reasons;
}

}  // namespace redshank::access
