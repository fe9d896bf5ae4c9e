// The rules of language that every sentence of a finding keeps, whatever the log says (docs/findings.md,
// "Language").
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/finding/finding.h"

namespace redshank::test {

// What is wrong with one summary, title or reason; "" when nothing is.
std::string wrong_in_summary(std::string_view text);
std::string wrong_in_title(std::string_view text);
std::string wrong_in_reason(std::string_view text);

// Everything that is wrong with a finding's texts, each as "FIELD: WHAT: TEXT".
std::vector<std::string> wrong_in(const Finding& finding);

}  // namespace redshank::test
