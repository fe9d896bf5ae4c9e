// Events of which a shipper or a cloud has cut the end off.
#pragma once

#include <string>
#include <string_view>

#include "audit/time.h"

namespace redshank::audit {

// The annotation of an event that was taken out of a text without its end.
inline constexpr std::string_view kCutOff = "redshank/cut-off";

// The event of a text that begins as the API server writes it and does not end, as JSON: its whole members.
// The server writes who, what and the status before the bodies, so these are its own words, whatever a client
// has put into what follows; the times and the decision are behind the bodies, and lost with them. So its
// time is `time`, when the envelope says the text was written. "" for any other text, and without a time.
std::string event_before_cut(std::string_view text, Time time);

}  // namespace redshank::audit
