// Puts the words of core/request/words.h together: the summary of a finding, its numbers and its times.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "audit/time.h"
#include "core/finding/finding.h"

namespace redshank {

inline constexpr size_t kMostSummary = 200;  // characters
inline constexpr size_t kMostReasons = 5;

struct Sentence {
    std::string what;          // "alice listed all Secrets in payments", without its stop
    std::string because = {};  // "RoleBinding tmp gives edit to group dev"; "" when nothing is to be said
    std::vector<std::string> why = {};  // what stands out, the strongest first: "never done in 16 days"

    // "What, because because. Why; why." of at most kMostSummary characters: of the reasons the two strongest
    // that fit, then without the cause; what is still too long ends in "…" behind a whole word.
    std::string to_string() const;
};

// The words, with a capital when they begin with words of ours ("service account", "all Secrets") and not
// with somebody's name.
std::string begun(std::string text);
// At most `most` characters; what is cut ends in "…" behind a whole word.
std::string cut_words(std::string text, size_t most);
// `summary` with one more sentence, when there is room for it and it does not say so already.
std::string and_then(std::string summary, std::string_view sentence);

// "1 request", "1,240 requests".
std::string counted(uint64_t number, std::string_view thing);
// "2026-11-28 08:54:49 UTC".
std::string moment_words(audit::Time time);
// "250 ms", "3 s", "4 min", "36 h", "16 days".
std::string span_words(audit::Duration span);
// "about twice a month"; "" when it is rarer than twice a year or more often than five times a day.
std::string rate_words(double per_day);
// "a, b, c and 4 more": the first `most`.
std::string list_words(const std::vector<std::string>& all, size_t most = 3);

// Adds reasons that are not there yet, while there is room.
void add_reasons(Finding& finding, const std::vector<Reason>& reasons);

}  // namespace redshank
