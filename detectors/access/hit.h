#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/finding/finding.h"
#include "detectors/access/action.h"

namespace redshank::access {

// Something that one part of the detector wants to be told. What becomes of it (a finding, a step of a story,
// a line of the digest, nothing) is decided elsewhere.
struct Hit {
    std::string_view kind;  // of the finding
    std::string_view title;
    Severity severity = Severity::Medium;
    std::string what;     // "listed secrets in namespace pay": a clause after the actor's name
    std::string because;  // "never in 1,240 requests over 19 days; 0 of 14 peers"
    std::vector<Reason> reasons;
    std::string_view mitre;
    Tactic tactic = Tactic::None;
    std::string behaviour;  // what suppressions match: "list secrets"
    std::string key;        // what makes it the same thing again, besides actor and kind
    std::string about;      // what the finding is about, when it is not the actor
    // When the news is about earlier requests of somebody else: who, and where from. `what` is then whole.
    std::optional<FindingActor> culprit;
    std::string culprit_client;
    bool is_ordinary = false;       // an installation or looking around, as those do who may: see story.h
    bool is_undecided = false;      // it may be this actor or another: no step of anybody's story
    std::vector<Evidence> earlier;  // requests before this one that belong to it
};

}  // namespace redshank::access
