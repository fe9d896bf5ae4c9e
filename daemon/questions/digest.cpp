#include "daemon/questions/digest.h"

#include <algorithm>
#include <boost/json.hpp>

#include "core/state/json_fields.h"
#include "detectors/access/digest.h"

namespace redshank {

std::vector<WeighedRow> weighed_and_kept_back(const StateReader& state, const DigestFilter& filter) {
    std::vector<WeighedRow> rows;  // a few thousand at most
    const std::string from = filter.since ? audit::format_time(*filter.since) : "";
    state.scan(access::kDigest, "", [&](std::string_view key, std::string_view text) {
        if (key < from) return;  // keys begin with the time
        const boost::json::object stored = parse_row(text);
        if (stored.empty() || (!filter.user.empty() && json_text(stored, "user") != filter.user)) return;
        WeighedRow row{.time = json_text(stored, "time"),
                       .user = json_text(stored, "user"),
                       .what = json_text(stored, "what"),
                       .because = json_text(stored, "because"),
                       .stored = std::string(text)};
        const boost::json::value* bits = stored.if_contains("bits");
        if (bits && bits->is_number()) row.bits = bits->to_number<double>();
        rows.push_back(std::move(row));
    });
    std::reverse(rows.begin(), rows.end());
    return rows;
}

}  // namespace redshank
