// A destination of alerts. A sink only renders messages and interprets answers; queues, retries and sockets
// are in daemon/delivery. A new sink is exporters/NAME.{h,cpp} and one line in registry.cpp.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "exporters/alert.h"

namespace redshank {

// A POST, unless it asks.
struct HttpRequest {
    std::string url;  // a secret: see redact_url()
    std::vector<std::pair<std::string, std::string>> headers;
    std::string body;
    bool is_get = false;        // without a body
    std::string user = {};      // "NAME:PASSWORD" for Basic authentication
    size_t most_answer = 4096;  // bytes of an answer that are kept
};

// Text for standard output: lines that end in a newline, wrapped to `width` columns where they are laid out.
struct ConsoleText {
    std::function<std::string(size_t width)> text;
};

// An entry of the systemd journal: FIELD, value.
struct JournalEntry {
    std::string socket;
    std::vector<std::pair<std::string, std::string>> fields;
};

class RecordWriter;

// A record of a topic.
struct KafkaRecord {
    std::shared_ptr<RecordWriter> writer;
    std::string topic, key, value;
    std::vector<std::pair<std::string, std::string>> headers;
};

using Message = std::variant<HttpRequest, ConsoleText, JournalEntry, KafkaRecord>;

struct HttpAnswer {
    int status = 0;       // 0: no answer
    std::string body;     // as far as the request keeps it
    std::string problem;  // why there is no answer: "timeout", "tls", …; from a fixed list of words
    std::string detail;   // the same for people; contains at most the host of a URL
    std::optional<audit::Duration> retry_after;
};

struct Verdict {
    enum class Kind {
        Delivered,
        Retry,    // no fault of the message
        Refused,  // perhaps the message's fault, perhaps the receiver's or the configuration's
        Dead      // the message's own fault, by the receiver's contract
    };
    Kind kind = Kind::Delivered;
    // For metrics: "http-4xx", "http-5xx", "rate-limited", "redirect", "answer", or the answer's problem.
    std::string reason;
    std::string detail;                         // for logs, safe to print
    std::optional<audit::Duration> not_before;  // Retry: the receiver asked for this pause
    bool answered = false;                      // the receiver answered, with whatever status
};

// Judges an answer by its status, and what has a status of success by the text too, because proxies and
// receivers say with 2xx that they did not take a message. `words`: the texts that receivers of this kind say
// yes with; by default any that is neither a page nor says no.
// - 2xx: delivered, unless the text is an HTML page, or a JSON object that says no: "ok" or "success" false,
//   an "error" or "errors" that is something, "status" or "result" a word of failing, a code of an error.
// - 413: dead, the message is too long. 400, 414, 415, 422, 431: refused.
// - any other status is no fault of the message (an expired key, an ingress without its backend, a proxy, a
//   redirect) and may be fixed while the message waits: retry.
enum class Words { Any, Yes };
Verdict judge_answer(const HttpAnswer& answer, Words words = Words::Any);

// "503: upstream gone", for logs. The body comes from the receiver: it is cut, and hidden characters are
// escaped.
std::string describe(const HttpAnswer& answer);

// The rate that a receiver allows, and the defaults for grouping its alerts.
struct SinkTraits {
    double per_second = 10;  // messages, sustained
    double burst = 10;
    size_t batch = 1;                               // alerts in a message
    std::vector<std::string> group_by{"incident"};  // empty: no grouping
    audit::Duration group_wait = std::chrono::seconds{30};
    audit::Duration group_interval = std::chrono::minutes{5};
    audit::Duration repeat_interval = std::chrono::hours{4};
    size_t group_burst = 1;     // findings of a group that are sent alone before it is summarised
    bool keep_sending = false;  // repeat a firing alert until it ends, then its end for 5 minutes
    bool each_finding =
        false;               // a log: every finding is a message by itself, and so is the end of an incident
    bool for_people = true;  // findings of lower severity about an actor are held back after a critical one
};
// Of a receiver that keeps everything: each finding at once, and for nobody in particular.
SinkTraits traits_of_log();

// Immutable after construction; used from the delivery thread.
class AlertSink {
  public:
    virtual ~AlertSink() = default;
    virtual SinkTraits traits() const { return {}; }
    // False when this receiver ignores the alert.
    virtual bool takes(const Alert& /*alert*/) const { return true; }
    // Gets at most traits().batch alerts. `now` is the time of the attempt (for signatures and end times).
    virtual Message render(std::span<const Alert> alerts, audit::Time now) const = 0;
    virtual Verdict judge(const HttpAnswer& answer) const { return judge_answer(answer); }
    // Secrets that its messages contain, besides the URL: keys and tokens. They must never be shown.
    virtual std::vector<std::string> secrets() const { return {}; }
};

// Most receivers are one sink. A cluster of Alertmanagers is one sink for each member, because each must get
// every alert even when others fail.
struct NamedSink {
    std::string name;  // "oncall", "oncall/changes", "alertmanager/2"
    std::unique_ptr<AlertSink> sink;
};

std::vector<NamedSink> sole_sink(std::string name, std::unique_ptr<AlertSink> sink);

}  // namespace redshank
