#include "daemon/questions/findings.h"

namespace redshank {

void each_finding(const Store& store, const FindingsFilter& filter,
                  const std::function<void(const Finding&)>& row) {
    store.findings(filter.query, [&](const Finding& finding) {
        if (filter.cluster.empty() || finding.cluster == filter.cluster) row(finding);
    });
}

}  // namespace redshank
