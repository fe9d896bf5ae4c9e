// What of an answer does the audit log not show? Silence is no safety.
#pragma once

#include <boost/json.hpp>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "core/state/state.h"
#include "detectors/visibility/row.h"

namespace redshank {

struct Caveat {
    std::string cluster;
    visibility::Lack lack;  // state "unknown": none came yet, and the log is too short to say why
    std::string policy;     // the file that decides; "" when this was learnt from what comes
    std::string text;       // a sentence or two
};

// Of the kinds of findings that answer the question, in every cluster for "". None where everything is shown.
std::vector<Caveat> caveats(const StateReader& state, std::string_view cluster,
                            std::initializer_list<std::string_view> kinds);

// Those of which an event was read.
std::set<std::string> visible_clusters(const StateReader& state);

// {"cluster","kind","state","missing","since","policy","line","text"}
boost::json::object json_of(const Caveat& caveat);

}  // namespace redshank
