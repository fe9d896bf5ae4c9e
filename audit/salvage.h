// A line that is not one event: events glued together, an event behind a torn one, or events in the envelope
// of whoever shipped the log.
#pragma once

#include <functional>

#include "audit/event_parser.h"

namespace redshank::audit {

struct Salvage {
    ParseError error = ParseError::None;  // of the whole line as one event
    size_t events = 0;                    // found in the line; 1 when it is one
    size_t skipped = 0;                   // bytes of the line that gave no event
};

// `at` is where the event begins in the line; in an envelope, where the line does. The event lives until the
// handler returns.
using EventHandler = std::function<void(const Event& event, size_t at)>;

// Finds the events of a line that EventParser::parse refused with `error`.
//   - Events at the head of the line, one behind the other. A disk that was full leaves no newline between
//   them.
//   - Behind a torn part, events that reach to the end of the line. An object inside a torn body, which a
//   client wrote,
//     starts alike but does not.
//   - Events in an envelope (see envelope.h).
// `line` has kPadding readable bytes behind it.
Salvage salvage(EventParser& parser, std::string_view line, ParseError error, Event& event,
                const EventHandler& handle);

// EventParser::parse, and salvage() where that fails.
Salvage read_line(EventParser& parser, std::string_view line, Event& event, const EventHandler& handle);

}  // namespace redshank::audit
