// What a message says, laid out once; the sinks only give it a receiver's form. Nothing here is fitted or
// escaped yet.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "core/finding/text.h"
#include "exporters/alert.h"

namespace redshank {

struct MessageText {
    using Named = std::vector<std::pair<std::string, std::string>>;

    std::string word;                  // "Critical", "High, escalated", "Closed after 3s", "Resolved"
    std::string title;                 // one line without any value that an attacker could choose
    std::string push;                  // for a phone: "CRITICAL prod-eu · alice read Secret payments/db …"
    std::string what;                  // one sentence: what happened; of an incident that is over: why
    std::string matters;               // why it matters, in one sentence; "" when it is over
    std::vector<Step> first;           // what to do first; none when it is over
    Named facts;                       // name, value; none is empty
    std::vector<std::string> because;  // why it stands out
    std::vector<std::string> steps;    // of an incident: its first and its last
    Named links;                       // name, URL
};
MessageText message_of(const Alert& alert);
// Without what only an alert knows: its word, push, reasons and links. Of one that is over, `first` says what
// is left to do by hand, and what is undone already.
MessageText message_of(const Incident& incident);

// "1. kubectl delete rolebinding tmp -n shop (take away what lets everybody in)", each of at most
// `limit` bytes and made safe by fit(), for Slack with its escapes, or by fit_exact(). A command that would
// not be shown as it is is left out: it would not work, or would do something else.
enum class Shown : uint8_t { Plain, Slack, Exact };
std::vector<std::string> first_lines(const MessageText& message, size_t limit, Shown shown);

}  // namespace redshank
