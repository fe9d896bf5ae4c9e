// An incident as lines for a terminal: what `replay` and `incident` print.
#pragma once

#include <string>

#include "exporters/alert.h"

namespace redshank {

// "CRITICAL  i_4k2mabcd  open since …", the sentence, who, what, the steps. Each line ends in a newline; none
// is wider than `width` columns, but for words that are. Safe to print. `ago`: when it was opened, for those
// who read it now: "4 min ago".
std::string incident_text(const Incident& incident, size_t width = 100, std::string_view ago = {});

// What is new of an incident that was shown before: its line, and what happened.
std::string incident_news(const Alert& alert, size_t width = 100);

// "open", "acknowledged by alice", "closed after 3s: window closed".
std::string state_words(const Incident& incident);

}  // namespace redshank
