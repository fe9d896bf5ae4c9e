// An incident as lines for a terminal: what `replay` and `incident` print.
#pragma once

#include <string>

#include "core/incident/incident.h"

namespace redshank {

// "CRITICAL  i_4k2mabcd  open since …", the sentence, who, what, the steps. Each line ends in a newline; none
// is wider than `width` columns, but for words that are. Safe to print.
std::string incident_text(const Incident& incident, size_t width = 100);

// "open", "acknowledged by alice", "closed after 3s: window closed".
std::string state_words(const Incident& incident);

}  // namespace redshank
