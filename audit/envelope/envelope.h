// Audit events inside the records of log shippers and cloud services.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "audit/time.h"

namespace redshank::audit {

// A text inside an envelope that may be an event, or the next envelope.
struct Carried {
    std::string text;     // followed by kPadding bytes that do not count
    std::string cluster;  // that the envelope names (cluster.h); "" when it names none
    Time time{};          // when it was written or sent, as the envelope says; Time{} when it does not
    // Texts of one record with the same number say the same in several ways: the first that holds an event
    // counts.
    size_t record = 0;

    std::string_view view() const;
};

// Returns, in order, the texts inside the JSON object or array `line` that may each be an event; none when it
// is no envelope. `line` has kPadding readable bytes after it. It looks at
//   - the items of an audit.k8s.io EventList (what the webhook backend sends), as far as they are whole;
//   - the items of an array, as exports write them;
//   - the text in `log` (Docker, Fluent Bit), `message` or `@message` (CloudWatch, Vector), `MESSAGE`
//   (journald), `properties.log` or `log_s` (Azure), `line` (Loki's logcli), `_raw` (Splunk), `textPayload`
//   (Google), `full_message` or `short_message` (GELF), `event.original` (Elastic), `body.stringValue`
//   (OTLP);
//   - the text or object in `event` (Splunk HEC), `_source` (Elasticsearch), `result` (a Splunk export),
//   `jsonPayload` (Google Cloud Logging), `json` (Filebeat), `log_processed` (Fluent Bit) and
//   `kubernetes.audit` (Elastic);
//   - the base64, with gzip or without, in `data` of `awslogs` (CloudWatch Logs to Lambda), `kinesis`, a
//   record (Firehose) and `message` (Pub/Sub);
//   - the same in each record of a list (is_list_of_records());
//   - the lines in the `values` of `streams` (Loki), and the `@message` of `results` (CloudWatch Insights);
//   - `protoPayload`, Google Cloud's audit log of GKE (google.h);
//   - a member of such an object that stands in a line by itself, as in a pretty-printed export.
// Other members are ignored: a client can choose their content and must not be able to forge an event. For
// the same reason an object with `msg`, a message of the API server's own log, is no envelope, nor is a
// record of Azure with another `category` than the API server's audit log.
std::vector<Carried> open_envelope(std::string_view line);

// Whether a member of this name may hold a list of records: `records`, `events`, `logEvents`, `hits` and the
// like.
bool is_list_of_records(std::string_view key);

}  // namespace redshank::audit
