// What is usual for somebody: from where and with what they come, when, and which sensitive things they do.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "audit/time.h"
#include "core/state/state.h"

namespace redshank {

struct UsualThing {
    std::string what, where;  // where: of actions
    int64_t hours = 0;        // in how many hours it was seen, in all clusters
    audit::Time last{};       // the hour in which it was seen last
};

// Those that were seen in most hours first. Actions: sensitive ones, and refused attempts at them.
struct UsualThings {
    std::vector<UsualThing> clients, networks, actions;
};
UsualThings usual_things(const StateReader& state, const std::string& user);

// A person's working hours, UTC, over all clusters; none for programs.
struct UsualHours {
    std::array<bool, 24> working_days{}, weekends{};
    int64_t days = 0;  // on which anything was done, in the cluster with most
};
UsualHours usual_hours(const StateReader& state, const std::string& user);

}  // namespace redshank
