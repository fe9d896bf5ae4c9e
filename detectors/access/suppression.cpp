#include "detectors/access/suppression.h"

#include <algorithm>

namespace redshank::access {

bool glob_match(std::string_view pattern, std::string_view text) {
    size_t p = 0, t = 0, star = std::string_view::npos, mark = 0;
    while (t < text.size()) {
        if (p < pattern.size() && (pattern[p] == '?' || pattern[p] == text[t]) && pattern[p] != '*') {
            ++p, ++t;
        } else if (p < pattern.size() && pattern[p] == '*') {
            star = p++;
            mark = t;
        } else if (star != std::string_view::npos) {
            p = star + 1;
            t = ++mark;
        } else {
            return false;
        }
    }
    return pattern.find_first_not_of('*', p) == std::string_view::npos;
}

bool Suppression::covers(const Look& look, const Hit& hit) {
    for (size_t i = 0; i < entries_.size(); ++i) {
        const UnusualAccessSuppress& entry = entries_[i];
        if (entry.expires != audit::Time{} && entry.expires <= look.time()) continue;
        if (!glob_match(entry.actor, look.event().user.username)) continue;
        if (!glob_match(entry.namespace_, look.event().object.namespace_)) continue;
        if (!glob_match(entry.behaviour, hit.kind) && !glob_match(entry.behaviour, hit.behaviour)) continue;
        ++hits_[i];
        return true;
    }
    return false;
}

size_t Suppression::expired(audit::Time now) const {
    return static_cast<size_t>(
        std::count_if(entries_.begin(), entries_.end(), [&](const UnusualAccessSuppress& entry) {
            return entry.expires != audit::Time{} && entry.expires <= now;
        }));
}

}  // namespace redshank::access
