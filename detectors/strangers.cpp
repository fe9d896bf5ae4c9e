#include "detectors/strangers.h"

#include <algorithm>

#include "audit/normalise/source.h"
#include "core/state/key.h"
#include "detectors/hour.h"

namespace redshank {

namespace {

std::string key_of(std::string_view cluster) {
    return row_key({cluster, ""});
}

}  // namespace

std::string Strangers::find(std::string_view cluster, std::string_view address, audit::Time now) const {
    std::string caller = audit::source_caller(address);
    const StrangersRow* row = rows_.find(key_of(cluster));
    if (row == nullptr) return caller;
    const int64_t oldest = now.time_since_epoch().count() - kDay;
    size_t others = 0;
    for (const StrangersRow::One& one : row->all) {
        if (one.last <= oldest) continue;
        if (one.caller == caller) return caller;
        ++others;
    }
    return others < kPlaces ? caller : std::string(kMany);
}

std::string Strangers::place(std::string_view cluster, std::string_view address, audit::Time now) {
    std::string caller = find(cluster, address, now);
    if (caller == kMany) return caller;
    const int64_t micros = now.time_since_epoch().count(), hour = hour_of(micros);
    const auto is_it = [&](const StrangersRow::One& one) { return one.caller == caller; };
    if (const StrangersRow* row = rows_.find(key_of(cluster))) {
        const auto known = std::find_if(row->all.begin(), row->all.end(), is_it);
        if (known != row->all.end() && known->last >= hour) return caller;
    }
    StrangersRow& row = rows_.change(key_of(cluster));
    std::erase_if(row.all,
                  [&](const StrangersRow::One& one) { return is_it(one) || one.last <= micros - kDay; });
    row.all.push_back({caller, hour});
    row.last = std::max(row.last, hour);
    return caller;
}

}  // namespace redshank
