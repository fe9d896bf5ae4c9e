// What Novelty's parts share: the questions about one request, and the keys under which habits are kept.
#pragma once

#include <string>
#include <string_view>

#include "core/state/key.h"
#include "detectors/access/novelty.h"

namespace redshank::access {

// The levels of every question about one request.
struct Novelty::Questions {
    HabitModel::Levels action, scope, thing, client, source;
    std::string members, scope_value;
};

// Which parts of a request are new for its actor.
struct Novelty::News {
    bool action = false, scope = false, thing = false, client = false, source = false;
    bool young = false;  // the actor itself
};

inline std::string habit_context(char question, std::string_view who, std::string_view about = {}) {
    constexpr char kMark = '\x1e';
    const std::string_view asked(&question, 1);
    return about.empty() ? row_key({asked, who}, kMark) : row_key({asked, who, about}, kMark);
}

inline std::string key_in_cluster(const Look& look, std::string_view name) {
    return row_key({look.observation.origin.cluster, name});
}

inline bool is_apply(const audit::Event& event) {
    return event.verb == "create" || event.verb == "update" || event.verb == "patch";
}

}  // namespace redshank::access
