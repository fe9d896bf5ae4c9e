#include "daemon/questions/last_access.h"

#include <algorithm>

#include "core/state/key.h"
#include "core/state/row.h"

namespace redshank {

namespace {

// The parts of a key, padded with "" to the largest number of parts.
std::vector<std::string> parts_of(std::string_view key) {
    std::vector<std::string> parts;
    for (size_t at = 0; at < key.size();) {
        const size_t end = std::min(key.find(kKeyMark, at), key.size());
        parts.emplace_back(key.substr(at, end - at));
        at = end + 1;
    }
    parts.resize(std::max<size_t>(parts.size(), 5));
    return parts;
}

using Parts = std::vector<std::string>;

AccessedRow of_cluster(const Parts& p) {
    return {.user = p[0], .uid = p[1], .cluster = p[2], .via = p[3]};
}

AccessedRow of_resource(const Parts& p) {
    return {.user = p[0], .uid = p[1], .cluster = p[2], .via = p[3], .resource = p[4]};
}

AccessedRow of_namespace(const Parts& p) {
    return {.user = p[1], .uid = p[2], .cluster = p[3], .via = p[4], .ns = p[0]};
}

bool overlaps(const access::AccessRow& access, const AccessFilter& filter) {
    const auto micros = [](audit::Time time) { return time.time_since_epoch().count(); };
    return (!filter.since || access.last() >= micros(*filter.since)) &&
           (!filter.until || access.first <= micros(*filter.until));
}

}  // namespace

std::vector<AccessedRow> last_accesses(const StateReader& state, const AccessFilter& filter) {
    std::vector<AccessedRow> rows;
    const auto read = [&](std::string_view table, const std::string& prefix,
                          AccessedRow (*row_of)(const Parts&)) {
        state.scan(table, prefix, [&](std::string_view key, std::string_view value) {
            AccessedRow row = row_of(parts_of(key));
            if (row.cluster.empty() || (!filter.user.empty() && row.user != filter.user) ||
                (!filter.cluster.empty() && row.cluster != filter.cluster)) {
                return;
            }
            auto access = read_row<access::AccessRow>(value);
            if (!access || !overlaps(*access, filter)) return;
            row.access = std::move(*access);
            rows.push_back(std::move(row));
        });
    };
    const std::string user = filter.user.empty() ? "" : filter.user + kKeyMark;
    if (!filter.ns.empty()) {
        read(access::kLastAccessByNamespace, filter.ns + kKeyMark + user, of_namespace);
    } else {
        read(access::kLastAccess, user, of_cluster);
        if (filter.by_resource) read(access::kLastAccessByResource, user, of_resource);
    }
    std::stable_sort(rows.begin(), rows.end(), [](const AccessedRow& a, const AccessedRow& b) {
        return a.access.last() > b.access.last();
    });
    return rows;
}

std::vector<WatchedRow> watched_clusters(const StateReader& state, const std::string& cluster) {
    std::vector<WatchedRow> rows;
    state.scan(access::kWatching, "", [&](std::string_view name, std::string_view value) {
        if (!cluster.empty() && name != cluster) return;
        if (auto row = read_row<access::WatchingRow>(value))
            rows.push_back({std::string(name), std::move(*row)});
    });
    return rows;
}

}  // namespace redshank
