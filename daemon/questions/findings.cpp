#include "daemon/questions/findings.h"

namespace redshank {

void each_finding(const Store& store, const FindingsFilter& filter,
                  const std::function<void(const Finding&)>& row) {
    store.findings(filter.query, [&](const Finding& finding) {
        const auto is_asked = [](const std::string& asked, const std::string& is) {
            return asked.empty() || asked == is;
        };
        if (is_asked(filter.cluster, finding.cluster) && is_asked(filter.id, finding.id) &&
            is_asked(filter.kind, finding.kind) &&
            (is_asked(filter.user, finding.who().user) || filter.user == finding.who().impersonated)) {
            row(finding);
        }
    });
}

}  // namespace redshank
