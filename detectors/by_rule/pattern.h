// The pattern that repetitions of a match share: the actor, the kind and family of objects, the right, the
// content; and the place from which it comes.
#pragma once

#include <string>
#include <string_view>

#include "core/request/observation.h"
#include "rules/rule.h"

namespace redshank::by_rule {

// The usual place of a habit.
struct HabitPlace {
    std::string network;  // audit::source_network()
    std::string agent;    // audit::agent_product()
    std::string pod;      // uid of the Pod to which the token is bound, "" for other credentials

    bool is_same(const HabitPlace& other) const { return network == other.network && agent == other.agent; }
};

struct Pattern {
    std::string key;   // cluster, rule, and a hash of the rest: the row of the habit
    std::string who;   // cluster and actor
    std::string name;  // a hash of the object's exact name, by which members of a family differ
    std::string body;  // a hash of the body that was sent; "" when the log has none
    HabitPlace place;
};

// `context` must be at the event. The pattern excludes generated and numbered parts of names (csr-7 and
// csr-142 are one family) and tags of images. It includes what a role allows, whom a binding names, which
// folders of the node a Pod sees, which program is executed, and which level a namespace enforces.
Pattern pattern_of(const rules::Rule& rule, rules::Context& context, const Observation& observation);

// The same by another verb.
Pattern pattern_of(const rules::Rule& rule, rules::Context& context, const Observation& observation,
                   std::string_view verb);

// The pattern of Rule::keeper: any verb, but exactly this object. Without `body`.
Pattern keeper_of(const rules::Rule& rule, const Observation& observation);

// The pattern of a controller's work: `name` is empty.
Pattern controller_of(const Observation& observation);

// The pattern of applying objects at all: `name` is the kind of the object. Without `body`.
Pattern installer_of(const Observation& observation);

}  // namespace redshank::by_rule
