// Audit events inside the records of log shippers and cloud services.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace redshank::audit {

// Returns, in order, the texts inside the JSON object or array `line` that may each be an event; none when it
// is no envelope. It looks at
//   - the items of an audit.k8s.io EventList (what the webhook backend sends);
//   - the items of an array, as exports write them;
//   - the text in `log` (Docker, Fluent Bit), `message` or `@message` (CloudWatch), `MESSAGE` (journald),
//   `properties.log` (Azure), `line` (Loki's logcli), `_raw` (Splunk);
//   - the text or object in `event` (Splunk HEC), `_source` (Elasticsearch), `result` (a Splunk export) and
//   `jsonPayload` (Google Cloud Logging);
//   - the same in each record of `records`, `events` and `logEvents`;
//   - the lines in the `values` of `streams` (Loki);
//   - a member of such an object that stands in a line by itself, as in a pretty-printed export.
// Other members are ignored: a client can choose their content and must not be able to forge an event. For
// the same reason an object with `msg`, a message of the API server's own log, is no envelope.
std::vector<std::string> open_envelope(std::string_view line);

}  // namespace redshank::audit
