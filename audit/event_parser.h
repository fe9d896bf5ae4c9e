// One line of an audit log, or one item of an EventList, to an Event.
#pragma once

#include <memory>
#include <string_view>

#include "audit/event.h"

namespace redshank::audit {

// Bytes that must be readable (not meaningful) after the end of every text given to the parser.
inline constexpr size_t kPadding = 64;

// Why a line gave no event. Each value is a counter; none of them stops anything.
enum class ParseError : uint8_t {
    None,
    Empty,         // nothing but white space
    BadUtf8,       // not UTF-8
    BadJson,       // not one JSON object, or broken off
    LegacyFormat,  // --audit-log-format=legacy, which is text
    NotAnEvent,    // a JSON object that is no audit.k8s.io Event
    BadTime,       // an event without a time that can be read: it has no place among the others
};
inline constexpr size_t kParseErrors = 7;

// The word used for the error in metrics and in `--stats`.
std::string_view to_string(ParseError error);

// Not thread-safe: one parser a thread. Holds buffers that grow to the longest text seen.
class EventParser {
  public:
    EventParser();
    ~EventParser();
    EventParser(const EventParser&) = delete;
    EventParser& operator=(const EventParser&) = delete;

    // Fills `event` from `text`, which must stay alive with `event` and have kPadding readable bytes behind
    // it. auditID, stage, requestURI and a time must be there; other fields may be missing, and unknown ones
    // are passed over. `kind` and `apiVersion` may be absent (items of an EventList) but not other than Event
    // and audit.k8s.io/…. Of received and stage_time each stands for the other where only one is given; alpha
    // versions' `timestamp` and `metadata.creationTimestamp` stand for both. On error `event` holds nothing
    // of use.
    ParseError parse(std::string_view text, Event& event);

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace redshank::audit
