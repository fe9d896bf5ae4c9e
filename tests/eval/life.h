// Weeks in an invented cluster, with attacks. It was written independently of the detector and assumes
// nothing about it. It serves to compare designs; its figures are no prediction for a real cluster.
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
    int attack = -1;  // the number of the attack that it is a step of; -1: harmless
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
