#include "daemon/questions/fleet.h"

#include <algorithm>
#include <map>
#include <tuple>
#include <utility>

namespace redshank {

namespace {

using Access = OfWorker<AccessedRow>;

void join(Access& into, Access&& more) {
    access::AccessRow& a = into.row.access;
    access::AccessRow& b = more.row.access;
    const int64_t first =
        a.first == 0 || b.first == 0 ? std::max(a.first, b.first) : std::min(a.first, b.first);
    const int64_t last_success = std::max(a.last_success, b.last_success);
    const int64_t last_denied = std::max(a.last_denied, b.last_denied);
    const int64_t successes = a.successes + b.successes, denials = a.denials + b.denials;
    if (b.last() > a.last()) a = std::move(b);
    a.first = first;
    a.last_success = last_success;
    a.last_denied = last_denied;
    a.successes = successes;
    a.denials = denials;
    into.worker += ", " + more.worker;
}

}  // namespace

std::vector<Access> joined(std::vector<Access> rows) {
    using Key = std::tuple<std::string, std::string, std::string, std::string, std::string, std::string>;
    std::map<Key, Access> all;
    for (Access& one : rows) {
        const AccessedRow& row = one.row;
        Key key{row.user, row.uid, row.cluster, row.via, row.ns, row.resource};
        const auto known = all.find(key);
        known == all.end() ? void(all.emplace(std::move(key), std::move(one)))
                           : join(known->second, std::move(one));
    }
    std::vector<Access> out;
    for (auto& [key, one] : all) out.push_back(std::move(one));
    std::stable_sort(out.begin(), out.end(), [](const Access& a, const Access& b) {
        return a.row.access.last() > b.row.access.last();
    });
    return out;
}

}  // namespace redshank
