// What a match of a rule has in common with the next one of the same habit: who does what to which kind and
// family of objects, by which right, with what content; and the place it is done from.
#pragma once

#include <string>

#include "core/request/observation.h"
#include "rules/rule.h"

namespace redshank::by_rule {

// Where a habit is at home.
struct HabitPlace {
    std::string network;  // audit::source_network()
    std::string agent;    // audit::agent_product()
    std::string pod;      // uid of the pod whose token it is, "" for other credentials

    bool is_same(const HabitPlace& other) const { return network == other.network && agent == other.agent; }
};

struct Pattern {
    std::string key;   // cluster, rule, and a hash of the rest: the row of the habit
    std::string who;   // cluster and actor
    std::string name;  // a hash of the object's exact name: members of a family are told apart by it
    std::string body;  // a hash of the body that was sent; "" when the log has none
    HabitPlace place;
};

// `context` is at the event. Generated and numbered parts of names are left out (csr-7 and csr-142 are one
// family), and so are tags of images; what a role allows, whom a binding names, which folders of the node a
// pod sees, which program is executed and which level a namespace enforces are part of the pattern.
Pattern pattern_of(const rules::Rule& rule, rules::Context& context, const Observation& observation);

// The same for Rule::keeper: any verb, but this very object.
Pattern keeper_of(const rules::Rule& rule, const Observation& observation);

}  // namespace redshank::by_rule
