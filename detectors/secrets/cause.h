// A change of RBAC that opened or closed something: who did what, and where the log says so.
#pragma once

#include <boost/json/fwd.hpp>
#include <optional>
#include <string>

#include "core/finding/finding.h"
#include "core/request/observation.h"

namespace redshank::secrets {

struct Cause {
    audit::Time time{};
    Evidence evidence;
    FindingActor actor;
    FindingObject object;
    std::string verb;

    // "dmitri created RoleBinding shop/tmp".
    std::string in_words() const;
};

Cause cause_of(const Observation& observation);

boost::json::object cause_json(const Cause& cause);
std::optional<Cause> read_cause(const boost::json::value* value);

}  // namespace redshank::secrets
