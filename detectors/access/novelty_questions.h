// What Novelty's parts share: the questions about one request, and the keys under which habits are kept.
#pragma once

#include <string>
#include <string_view>

#include "core/request/verbs.h"
#include "core/state/key.h"
#include "detectors/access/novelty.h"

namespace redshank::access {

// The levels of every question about one request. They show the texts of its Look.
struct Novelty::Questions {
    HabitModel::Levels action, scope, thing, client, source;
    HabitOf members;
    std::string scope_value;
};

// Which parts of a request are new for its actor.
struct Novelty::News {
    bool action = false, scope = false, thing = false, client = false, source = false;
    bool young = false;  // the actor itself
    // The client, the network is no longer unknown, but still news.
    bool client_on_trial = false, source_on_trial = false;
};

// What those have in common with whom the actor is compared.
inline HabitOf habit_of_peers(char question, const Actor& actor, std::string_view about = {}) {
    return {question, "peers of ", actor.peers, about};
}

inline std::string key_in_cluster(const Look& look, std::string_view name) {
    return row_key({look.observation.origin.cluster, name});
}

inline constexpr std::string_view kRunsCommands = "connect to pods/exec";  // the key of the action
inline constexpr int64_t kManyScopes = 3;                                  // in which one does the same
inline constexpr std::string_view kAllRights = "all rights";  // among the grants, and the name of none
inline constexpr int64_t kSettled = 3;  // hours after which what one did makes it one's own

inline bool is_system_namespace(std::string_view ns) {
    return ns == "kube-system" || ns == "kube-public" || ns == "kube-node-lease";
}

inline bool is_apply(const audit::Event& event) {
    return puts_object(event.verb);
}

}  // namespace redshank::access
