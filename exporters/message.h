// What a message says, laid out once; the sinks only give it a receiver's form. Nothing here is fitted or
// escaped yet.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "exporters/alert.h"

namespace redshank {

struct MessageText {
    std::string word;   // "Critical", "High, escalated", "Closed after 3s", "Resolved"
    std::string title;  // one line without any value that an attacker could choose
    std::string push;   // for a phone: "CRITICAL prod-eu · alice read Secret payments/db …"
    std::string what;   // one sentence: what happened; of an incident that is over: why
    std::vector<std::pair<std::string, std::string>> facts;  // name, value; none is empty
    std::vector<std::string> steps;                          // of an incident: its first and its last
};
MessageText message_of(const Alert& alert);

}  // namespace redshank
