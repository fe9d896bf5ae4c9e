// The questions that an audit log can be blind for. Each has a finding of its own, audit-blind.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "core/finding/finding.h"
#include "detectors/visibility/row.h"

namespace redshank::visibility {

struct Question {
    std::string_view kind;  // of the findings that answer it (detectors/coverage/needs.cpp)
    std::string_view what;  // what the log shows no more
    Severity severity = Severity::Low;
};

// By weight.
std::span<const Question> questions();

// "line 5 of policy.yaml leaves them out"; "" where no line is to blame.
std::string line_words(std::string_view policy, const Lack& lack);

}  // namespace redshank::visibility
