// The questions that an audit log can be blind for. Each has a finding of its own, audit-blind.
#pragma once

#include <span>
#include <string_view>

#include "core/finding/finding.h"

namespace redshank::visibility {

struct Question {
    std::string_view kind;  // of the findings that answer it (detectors/coverage/needs.cpp)
    std::string_view what;  // what the log shows no more
    Severity severity = Severity::Low;
};

// By weight.
std::span<const Question> questions();

}  // namespace redshank::visibility
