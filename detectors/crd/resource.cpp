#include "detectors/crd/resource.h"

#include <algorithm>

#include "core/state/key.h"

namespace redshank::crd {

Caller& Resource::caller(std::string_view user) {
    if (const auto known = callers.find(user); known != callers.end()) return known->second;
    Caller& added = callers.try_emplace(std::string(user)).first->second;
    added.user = user;
    if (callers.size() <= kMaxCallers) return added;
    // Callers that a finding names are kept, and so is the new one.
    const auto is_kept = [&](const auto& entry) {
        return entry.first == user || entry.second.silent || entry.second.drops.told ||
               std::any_of(entry.second.refused.begin(), entry.second.refused.end(),
                           [](const auto& track) { return track.second.level > 0; });
    };
    auto oldest = callers.end();
    for (auto entry = callers.begin(); entry != callers.end(); ++entry) {
        if (is_kept(*entry)) continue;
        if (oldest == callers.end() || entry->second.last_seen < oldest->second.last_seen) oldest = entry;
    }
    if (oldest == callers.end()) {
        oldest = callers.begin();
        if (oldest->first == user) ++oldest;
    }
    callers.erase(oldest);
    return added;
}

uint64_t Resource::valid_beside(const Track& track, audit::Time now, audit::Duration window) const {
    const uint64_t all = valid.sum(now, window);
    return track.has_failed(VerbClass::Watch) ? all : all - std::min(all, good_watches.sum(now, window));
}

std::string finding_key(const ResourceKey& key, std::string_view what, std::string_view user) {
    return user.empty() ? row_key({key.group, key.resource, what})
                        : row_key({key.group, key.resource, what, user});
}

}  // namespace redshank::crd
