#include "daemon/questions/said.h"

#include <algorithm>

#include "core/state/row.h"

namespace redshank {

std::vector<Silence> silences(const StateReader& state, std::optional<audit::Time> now) {
    std::vector<Silence> all = read_silences(state);
    std::erase_if(all, [&](const Silence& silence) { return now && silence.ends <= *now; });
    return all;
}

std::vector<Silence> silences_of(const StateReader& state, const Incident& incident, audit::Time now) {
    std::vector<Silence> all = silences(state, now);
    std::erase_if(all, [&](const Silence& silence) {
        const bool is_own =
            std::any_of(silence.matchers.begin(), silence.matchers.end(), [&](const Matcher& one) {
                return one.field == "incident" && one.op == "=" && !one.value.empty() &&
                       incident.id.starts_with(one.value);
            });
        return !is_own || !silence.is_active(now);
    });
    return all;
}

std::vector<SuppressionRow> suppressions(const StateReader& state, std::optional<audit::Time> now) {
    std::vector<SuppressionRow> rows;
    for (access::SaidNormal& said : access::read_suppressions(state)) {
        if (now && said.what.expires <= *now) continue;
        const auto use = state.get(access::kSuppressionUse, said.id).value_or("");
        rows.push_back(
            {std::move(said), read_row<access::SuppressionUse>(use).value_or(access::SuppressionUse{})});
    }
    return rows;
}

}  // namespace redshank
