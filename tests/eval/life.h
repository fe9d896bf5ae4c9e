// Weeks in the life of an invented cluster, with attacks in them. Written apart from the detector: nothing
// here knows what it looks at. It tells designs apart; its figures say nothing about anybody's cluster.
#pragma once

#include <string>
#include <vector>

#include "audit/time.h"

namespace redshank::eval {

struct Request {
    audit::Time time{};
    std::string user, uid, pod, jti;
    std::vector<std::string> groups;
    std::string verb, group, resource, subresource, ns, name, agent, ip;
    int code = 200;
    std::string impersonated;
    int attack = -1;  // number of the attack it is a step of; -1: harmless
};

struct Attack {
    std::string kind;
    audit::Time start{};
};

struct Life {
    std::vector<Request> requests;  // in order of time
    std::vector<Attack> attacks;
    audit::Time begin{}, split{}, end{};  // attacks happen between split and end only
};

Life make_life(unsigned seed);

}  // namespace redshank::eval
