// Finds events in a line that is not exactly one event: several events without a newline between them, an
// event after a torn one, or events in the envelope of a log shipper.
#pragma once

#include <functional>

#include "audit/event_parser.h"

namespace redshank::audit {

struct Salvage {
    ParseError error = ParseError::None;  // of the whole line parsed as one event
    size_t events = 0;                    // found in the line
    // Bytes of the line that belong to no event; a mark before it (CRI, syslog) counts as none.
    size_t skipped = 0;
};

// `at` is the offset at which the event begins in the line; for an event in an envelope, that of the
// envelope. The event is valid until the handler returns.
using EventHandler = std::function<void(const Event& event, size_t at)>;

// Finds the events of a line that EventParser::parse refused with `error`.
//   - Events that follow one another at the beginning of the line, with nothing or blanks between them: a
//     full disk leaves no newline there.
//   - After a torn event, events that reach to the end of the line. An object that a client wrote inside of
//     a torn body begins alike but ends before.
//   - Events in an envelope (see envelope.h).
// `line` has kPadding readable bytes after it.
Salvage salvage(EventParser& parser, std::string_view line, ParseError error, Event& event,
                const EventHandler& handle);

// Calls EventParser::parse, and salvage() if that fails.
Salvage read_line(EventParser& parser, std::string_view line, Event& event, const EventHandler& handle);

}  // namespace redshank::audit
