#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/finding/finding.h"
#include "detectors/access/action.h"

namespace redshank::access {

// A candidate of one part of the detector. Whether it becomes a finding, a step of a story, a line of the
// digest or nothing is decided elsewhere.
struct Hit {
    std::string_view kind;  // of the finding
    std::string_view title;
    Severity severity = Severity::Medium;
    std::string what;     // "listed secrets in namespace pay": a clause after the actor's name
    std::string because;  // "never in 1,240 requests over 19 days; 0 of 14 peers"
    std::vector<Reason> reasons;
    std::string_view mitre;
    Tactic tactic = Tactic::None;
    std::string behaviour;  // the text that suppressions match: "list secrets"
    std::string key;        // together with actor and kind, identifies repetitions
    std::string about;      // the subject of the finding, if it is not the actor
    // Set when the hit is about earlier requests of another actor: who, and from where. `what` is then a
    // whole sentence.
    std::optional<FindingActor> culprit;
    std::string culprit_client;
    bool is_at_home = false;        // nothing shows that it is not the actor's own act: see Novelty
    bool is_ordinary = false;       // an installation, or looking around, by someone who may: see story.h
    bool is_undecided = false;      // the actor is one of two, so this is no step of any story
    std::vector<Evidence> earlier;  // earlier requests that belong to it
};

}  // namespace redshank::access
