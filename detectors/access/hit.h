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
    std::string who;   // when it is not the actor; see caller_words()
    std::string what;  // the deed: "listed all Secrets in pay"
    // Told instead of the deed, and anew whenever it happens: "was refused 12 requests in 10 min".
    std::string headline;
    std::string because;           // how it was possible; see Sentence
    std::vector<std::string> why;  // what stands out, the strongest first
    std::vector<Reason> reasons;
    std::string_view mitre;
    Tactic tactic = Tactic::None;
    std::string behaviour;  // the text that suppressions match: "list secrets" (Action::phrase)
    std::string key;        // together with actor and kind, identifies repetitions
    // The user at home who has just installed the program whose ordinary step this is, else "": it is told in
    // his finding, while his story is open.
    std::string part_of;
    std::string about;  // the subject of the finding, if it is not the actor; then it is no step of a story
    // Set when the hit is about earlier requests of another actor: who, and where from.
    std::optional<FindingActor> culprit;
    // By all signs the owner's own act: from where it always is, through a grant of old. It is at most
    // medium, however new it is: high and critical need a sign that somebody else has the credential, or that
    // the right was just made.
    bool is_at_home = false;
    bool is_ordinary = false;  // an installation, or looking around, by someone who may: see story.h
    // Nothing came of it, though the caller had the right to it (or has had all rights for long): the object
    // was there already, is gone, admission said no. Tried again and again it is no sequence.
    bool is_idle = false;
    bool is_refused = false;  // it was beyond the caller's rights, so that it reached nothing either
    // All Secrets of the cluster were shown, or rights in the whole cluster changed, by somebody who has not
    // all rights anyway, at home, and is no program that was just installed. One of each is a sequence.
    bool is_wide = false;
    bool is_undecided = false;  // the actor is one of two, so this is no step of any story
    // What scanners of the internet do at every server. All of it is one finding about the API server; a step
    // only of a caller who has done more.
    bool is_scan = false;
    std::vector<Evidence> earlier;  // earlier requests that belong to it
};

}  // namespace redshank::access
