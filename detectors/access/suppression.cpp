#include "detectors/access/suppression.h"

#include <algorithm>

#include "audit/glob.h"
#include "core/state/row.h"

namespace redshank::access {

std::vector<SaidNormal> read_suppressions(const StateReader& state) {
    std::vector<SaidNormal> out;
    load_rows<SaidNormal>(state, kSuppressions, "", [&](std::string_view id, SaidNormal said) {
        if (out.size() >= kMaxSuppressions) return;
        said.id = id;
        out.push_back(std::move(said));
    });
    return out;
}

Suppression::Suppression(const std::vector<Suppress>& from_config) {
    configure(from_config);
}

void Suppression::configure(const std::vector<Suppress>& from_config) {
    std::vector<Entry> entries;
    for (const Suppress& what : from_config) {
        const auto old = std::find_if(entries_.begin(), entries_.end(), [&](const Entry& entry) {
            return entry.id.empty() && entry.what == what;
        });
        entries.push_back(old == entries_.end() ? Entry{.id = "", .what = what} : *old);
    }
    for (Entry& entry : entries_) {
        if (!entry.id.empty()) entries.push_back(std::move(entry));
    }
    entries_ = std::move(entries);
}

bool Suppression::covers(const Look& look, const Hit& hit) {
    for (Entry& entry : entries_) {
        const Suppress& what = entry.what;
        if (entry.is_expired(look.time())) continue;
        if (!audit::glob_match(what.actor, look.user()) &&
            !audit::glob_match(what.actor, look.event().user.username))
            continue;
        if (!audit::glob_match(what.namespace_, look.event().object.namespace_)) continue;
        if (!audit::glob_match(what.behaviour, hit.kind) && !audit::glob_match(what.behaviour, hit.behaviour))
            continue;
        ++entry.use.times;
        entry.use.last = std::max(entry.use.last, look.time().time_since_epoch().count());
        entry.is_changed = true;
        return true;
    }
    return false;
}

void Suppression::read(const StateReader& state) {
    std::vector<Entry> now;
    for (Entry& entry : entries_) {
        if (entry.id.empty()) now.push_back(std::move(entry));
    }
    for (SaidNormal& said : read_suppressions(state)) {
        const auto old = std::find_if(entries_.begin(), entries_.end(),
                                      [&](const Entry& entry) { return entry.id == said.id; });
        Entry entry{.id = said.id, .what = std::move(said.what)};
        if (old != entries_.end()) {  // newer than the table
            entry.use = old->use;
            entry.is_changed = old->is_changed;
        } else {
            load_row(state, kSuppressionUse, said.id, entry.use);
        }
        now.push_back(std::move(entry));
    }
    entries_ = std::move(now);
}

void Suppression::load(const StateReader& state) {
    read(state);
    state.scan(kSuppressionUse, "", [this](std::string_view id, std::string_view) {
        const auto is_it = [id](const Entry& entry) { return entry.id == id; };
        if (std::none_of(entries_.begin(), entries_.end(), is_it)) orphans_.emplace_back(id);
    });
}

void Suppression::save(StateWriter& state) {
    for (const std::string& id : std::exchange(orphans_, {})) state.erase(kSuppressionUse, id);
    for (Entry& entry : entries_) {
        if (!std::exchange(entry.is_changed, false) || entry.id.empty()) continue;
        state.put(kSuppressionUse, entry.id, write_row(entry.use));
    }
}

Suppression::Counts Suppression::counts(audit::Time now) const {
    Counts counts;
    for (const Entry& entry : entries_) {
        ++(entry.is_expired(now) ? counts.expired : entry.id.empty() ? counts.config : counts.command);
    }
    return counts;
}

}  // namespace redshank::access
