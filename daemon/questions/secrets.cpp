#include "daemon/questions/secrets.h"

#include <algorithm>

#include "audit/glob.h"
#include "core/state/key.h"
#include "core/state/row.h"

namespace redshank {

namespace {

// Both tables' keys begin with the cluster.
std::string cluster_of(std::string_view key) {
    return std::string(key.substr(0, key.find(kKeyMark)));
}

// `scope` is "shop/db", "shop/*" or "*/*".
bool concerns(const SecretsFilter& filter, const std::string& cluster, const std::string& scope) {
    return (filter.cluster.empty() || cluster == filter.cluster) &&
           (filter.secret.empty() || audit::glob_match(scope, filter.secret)) &&
           (filter.ns.empty() || audit::glob_match(scope.substr(0, scope.find('/')), filter.ns));
}

bool overlaps(const SecretsFilter& filter, audit::Time first, audit::Time last) {
    return (!filter.since || last >= *filter.since) && (!filter.until || first <= *filter.until);
}

}  // namespace

std::vector<ExposureRow> exposures(const StateReader& state, const SecretsFilter& filter) {
    std::vector<ExposureRow> rows;
    state.scan("secret_exposure.windows", "", [&](std::string_view key, std::string_view text) {
        auto window = read_row<secrets::Window>(text);
        std::string cluster = cluster_of(key);
        if (!window || !concerns(filter, cluster, window->target) ||
            !overlaps(filter, window->opened, window->closed.value_or(audit::Time::max()))) {
            return;
        }
        rows.push_back({std::move(cluster), std::move(*window), std::string(text)});
    });
    std::stable_sort(rows.begin(), rows.end(), [](const ExposureRow& a, const ExposureRow& b) {
        return a.window.opened > b.window.opened;
    });
    return rows;
}

std::vector<ReaderRow> secret_readers(const StateReader& state, const SecretsFilter& filter) {
    std::vector<ReaderRow> rows;
    state.scan("secret_exposure.reads", "", [&](std::string_view key, std::string_view text) {
        auto reads = read_row<secrets::Reads::Row>(text);
        if (!reads) return;
        std::string cluster = cluster_of(key);
        if (!concerns(filter, cluster, stored(reads->secret)) || !overlaps(filter, reads->first, reads->last))
            return;
        rows.push_back({std::move(cluster), std::move(*reads), std::string(text)});
    });
    std::stable_sort(rows.begin(), rows.end(),
                     [](const ReaderRow& a, const ReaderRow& b) { return a.reads.last > b.reads.last; });
    return rows;
}

}  // namespace redshank
