#include "daemon/questions/findings.h"

#include <algorithm>
#include <string_view>

namespace redshank {

namespace {

// The longest part of a name that JSON writes as it is.
std::string plain_part(std::string_view name) {
    constexpr std::string_view kPlain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789:.-_@";
    std::string_view longest;
    for (size_t at = 0; at < name.size();) {
        const size_t start = name.find_first_of(kPlain, at);
        if (start == name.npos) break;
        at = std::min(name.find_first_not_of(kPlain, start), name.size());
        if (at - start > longest.size()) longest = name.substr(start, at - start);
    }
    return std::string(longest);
}

}  // namespace

void each_finding(const Store& store, const FindingsFilter& filter,
                  const std::function<void(const Finding&)>& row) {
    Store::FindingQuery query = filter.query;
    query.mentions = plain_part(filter.user);  // so that `most` counts few that are of somebody else
    store.findings(query, [&](const Finding& finding) {
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
