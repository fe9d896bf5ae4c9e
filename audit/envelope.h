// Audit events inside the records of log shippers and clouds.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace redshank::audit {

// The texts that the JSON object `line` carries and that may each be an event, in order; none when it is no
// envelope.
//   - the items of an audit.k8s.io EventList (what the webhook backend sends);
//   - the text in `log` (Docker, Fluent Bit), `message` (CloudWatch), `MESSAGE` (journald), `properties.log`
//   (Azure);
//   - the same in each record of `records`, `events` and `logEvents`;
//   - a member of such an object that stands in a line by itself, as in a pretty-printed export.
// Other members are not looked at, and an object with `msg` is one of the API server's own messages: a client
// can choose what stands there, and must not be able to invent an event.
std::vector<std::string> open_envelope(std::string_view line);

}  // namespace redshank::audit
