// One event of a log in one line for people.
#pragma once

#include <string>

#include "core/request/request.h"

namespace redshank {

// "2026-01-05T10:00:00Z alice listed Secrets in billing (200) from 10.0.0.7 with kubectl, audit id 8c1f…".
// Neither bodies nor queries nor what an exec ran are in it. Names are as the server logged them:
// print_text() makes them safe.
std::string event_line(const Request& request);

// "200", "refused, 403", "RequestReceived", "ResponseStarted, 200", "a dry run, 201".
std::string result_words(const Request& request);

// "alice", "bob, through teleport": who is behind it, and who sent it when that is another.
std::string sender_words(const Request& request);

}  // namespace redshank
