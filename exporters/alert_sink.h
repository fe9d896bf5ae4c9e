// Where alerts go. A sink only knows what to say and how to read the answer; queues, retries and sockets are
// daemon/delivery. A new sink is exporters/NAME.{h,cpp} and one line in registry.cpp.
#pragma once

#include <initializer_list>
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

// A POST.
struct HttpRequest {
    std::string url;  // a secret: see redact_url()
    std::vector<std::pair<std::string, std::string>> headers;
    std::string body;
};

// Text for standard output, ending in a newline.
struct ConsoleText {
    std::string text;
};

// An entry of the systemd journal: FIELD, value.
struct JournalEntry {
    std::string socket;
    std::vector<std::pair<std::string, std::string>> fields;
};

using Message = std::variant<HttpRequest, ConsoleText, JournalEntry>;

struct HttpAnswer {
    int status = 0;       // 0: no answer
    std::string body;     // the first few KiB
    std::string problem;  // why there is none: "timeout", "tls", …; one of a fixed list of words
    std::string detail;   // the same for people; names no more of a URL than its host
    std::optional<audit::Duration> retry_after;
};

struct Verdict {
    enum class Kind { Delivered, Retry, Dead };
    Kind kind = Kind::Delivered;
    // For metrics: "http-4xx", "http-5xx", "rate-limited", "redirect", "answer", or the answer's problem.
    std::string reason;
    std::string detail;                         // for logs, safe to print
    std::optional<audit::Duration> not_before;  // Retry: the receiver asked for this pause
    bool answered = false;                      // somebody answered, whatever it was
};

// The answer by its status alone. 2xx: delivered. 400, 413, 414, 415, 422, 431: dead, because what the
// message says is at fault, and it would be refused again. The rest is no fault of the message (a key that
// has run out, an ingress without its backend, a proxy, a redirect) and may be mended while it waits: retry.
Verdict judge_by_status(const HttpAnswer& answer);

// For receivers that answer 200 to what they did not take, or behind a proxy whose page is 200 too: 2xx is
// delivered only with one of the `accepted` bodies, or with a JSON object that has no `error` and says
// neither "ok": false nor "success": false. Anything else is tried again.
Verdict judge_by_words(const HttpAnswer& answer, std::initializer_list<std::string_view> accepted);

// "503: upstream gone": for logs. The body is the receiver's, cut and made visible.
std::string describe(const HttpAnswer& answer);

// How fast a receiver may be talked to, and how its alerts are grouped unless configured otherwise.
struct SinkTraits {
    double per_second = 10;  // messages, sustained
    double burst = 10;
    size_t batch = 1;                                                   // alerts a message
    std::vector<std::string> group_by{"cluster", "detector", "actor"};  // empty: each finding by itself
    audit::Duration group_wait = std::chrono::seconds{30};
    audit::Duration group_interval = std::chrono::minutes{5};
    audit::Duration repeat_interval = std::chrono::hours{4};
    size_t group_burst = 1;     // findings of a group that are told one by one before it is summarised
    bool keep_sending = false;  // repeat what fires until it is over, then for 5 minutes that it is
    bool for_people = true;     // lesser findings about an actor are kept back after a critical one
};

// Immutable after construction; used from the delivery thread.
class AlertSink {
  public:
    virtual ~AlertSink() = default;
    virtual SinkTraits traits() const { return {}; }
    // False: this receiver has nothing to do with the alert.
    virtual bool takes(const Alert& /*alert*/) const { return true; }
    // At most traits().batch alerts. `now` is the time of the attempt (signatures, end times).
    virtual Message render(std::span<const Alert> alerts, audit::Time now) const = 0;
    virtual Verdict judge(const HttpAnswer& answer) const { return judge_by_status(answer); }
    // Texts in its messages that nobody may see, beside the URL: keys, tokens.
    virtual std::vector<std::string> secrets() const { return {}; }
};

// A receiver is mostly one sink; a cluster of Alertmanagers is one for each member, because each must get
// everything however the others are.
struct NamedSink {
    std::string name;  // "oncall", "oncall/changes", "alertmanager/2"
    std::unique_ptr<AlertSink> sink;
};

std::vector<NamedSink> sole_sink(std::string name, std::unique_ptr<AlertSink> sink);

}  // namespace redshank
