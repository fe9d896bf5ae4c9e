// Parses one line of an audit log, or one item of an EventList, into an Event.
#pragma once

#include <memory>
#include <string_view>

#include "audit/event.h"

namespace redshank::audit {

// Bytes that must be readable after the end of every text given to the parser; their values do not matter.
inline constexpr size_t kPadding = 64;

// Why a line gave no event. Each value is counted; none stops the daemon.
enum class ParseError : uint8_t {
    None,
    Empty,         // only white space
    BadUtf8,       // not UTF-8
    BadJson,       // not exactly one JSON object, or truncated
    LegacyFormat,  // the text format of --audit-log-format=legacy
    NotAnEvent,    // a JSON object that is no audit.k8s.io Event
    BadTime,       // no readable time, so the event cannot be ordered
};
inline constexpr size_t kParseErrors = 7;

// The word for the error in metrics and in `--stats`.
std::string_view to_string(ParseError error);

// Not thread-safe: one parser for each thread. Its buffers grow to the longest text seen.
class EventParser {
  public:
    EventParser();
    ~EventParser();
    EventParser(const EventParser&) = delete;
    EventParser& operator=(const EventParser&) = delete;

    // Fills `event` from `text`, which must live as long as `event` and have kPadding readable bytes after
    // it. auditID, stage, requestURI and a time are required; other fields may be missing, and unknown ones
    // are skipped. `kind` and `apiVersion` may be absent (items of an EventList) but must otherwise be Event
    // and audit.k8s.io/…. If only one of received and stage_time is given, the other is set to it;
    // `timestamp` and `metadata.creationTimestamp` of alpha versions set both. On error the content of
    // `event` is unspecified.
    ParseError parse(std::string_view text, Event& event);

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace redshank::audit
