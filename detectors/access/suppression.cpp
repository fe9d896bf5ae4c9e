#include "detectors/access/suppression.h"

#include <algorithm>
#include <boost/json.hpp>

#include "audit/glob.h"
#include "core/state/bounded_table.h"

namespace redshank::access {

namespace json = boost::json;

namespace {

std::optional<SaidNormal> said_from(std::string_view id, std::string_view text) {
    try {
        const json::value from = json::parse(text);
        const auto string = [&](std::string_view key) { return std::string(from.at(key).as_string()); };
        SaidNormal said{.id = std::string(id), .author = string("author"), .comment = string("comment")};
        said.what = {.actor = string("actor"),
                     .behaviour = string("behaviour"),
                     .namespace_ = string("namespace"),
                     .expires = audit::parse_time(string("expires")).value()};
        said.made = audit::parse_time(string("made")).value();
        return said;
    } catch (const std::exception&) {
        return std::nullopt;
    }
}

}  // namespace

std::string SaidNormal::write() const {
    return json::serialize(json::object{{"actor", what.actor},
                                        {"behaviour", what.behaviour},
                                        {"namespace", what.namespace_},
                                        {"expires", audit::format_time(what.expires)},
                                        {"made", audit::format_time(made)},
                                        {"author", author},
                                        {"comment", comment}});
}

std::vector<SaidNormal> read_suppressions(const StateReader& state) {
    std::vector<SaidNormal> out;
    state.scan(kSuppressions, "", [&](std::string_view id, std::string_view text) {
        if (out.size() >= kMaxSuppressions) return;
        if (auto said = said_from(id, text)) out.push_back(std::move(*said));
    });
    return out;
}

std::string SuppressionUse::write() const {
    return write_numbers({times, last});
}

SuppressionUse SuppressionUse::read(std::string_view text) {
    SuppressionUse use;
    read_numbers(text, {&use.times, &use.last});
    return use;
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
        if (!audit::glob_match(what.actor, look.event().user.username)) continue;
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
        } else if (const auto text = state.get(kSuppressionUse, said.id)) {
            entry.use = SuppressionUse::read(*text);
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
        state.put(kSuppressionUse, entry.id, entry.use.write());
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
