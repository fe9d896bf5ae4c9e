#include "daemon/questions/digest.h"

#include <algorithm>

#include "core/state/row.h"

namespace redshank {

std::vector<access::DigestRow> weighed_and_kept_back(const StateReader& state, const DigestFilter& filter) {
    std::vector<access::DigestRow> rows;  // a few thousand at most
    const std::string from = filter.since ? audit::format_time(*filter.since) : "";
    state.scan(access::kDigest, "", [&](std::string_view key, std::string_view text) {
        if (key < from) return;  // keys begin with the time
        if (auto row = read_row<access::DigestRow>(text);
            row && (filter.user.empty() || row->user == filter.user))
            rows.push_back(std::move(*row));
    });
    std::reverse(rows.begin(), rows.end());
    return rows;
}

}  // namespace redshank
