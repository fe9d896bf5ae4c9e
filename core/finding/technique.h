// Why it matters that a technique of MITRE ATT&CK was used, for findings of rules, whose kinds are many.
#pragma once

#include <span>
#include <string_view>

namespace redshank {

struct Technique {
    std::string_view id;   // "T1098.006"; a technique stands for those below it that have no row
    std::string_view why;  // one sentence
};

// By id.
std::span<const Technique> all_techniques();

}  // namespace redshank
