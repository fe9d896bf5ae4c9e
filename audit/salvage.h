// Finds events in a line that is not exactly one event: several events without a newline between them, an
// event after a torn one, or events in the envelope of a log shipper.
#pragma once

#include <functional>
#include <string_view>

#include "audit/event_parser.h"

namespace redshank::audit {

struct Salvage {
    ParseError error = ParseError::None;  // of the whole line parsed as one event
    size_t events = 0;                    // found in the line
    // Bytes of the line that belong to no event; a mark before it (CRI, syslog) counts as none.
    size_t skipped = 0;
    // No event, and nothing lost: brackets and members around the events of a pretty-printed export.
    bool is_frame = false;
};

struct EventPlace {
    // Where the event begins in the line; for one in an envelope, where the envelope does.
    size_t at = 0;
    std::string_view cluster;  // that the envelope names; "" when it names none
    // NOLINTNEXTLINE(google-explicit-constructor): a handler that wants the place alone takes a number
    operator size_t() const { return at; }
};

// The event and the place are valid until the handler returns.
using EventHandler = std::function<void(const Event& event, const EventPlace& place)>;

// Finds the events of a line that EventParser::parse refused with `error`.
//   - Events that follow one another at the beginning of the line, with nothing or blanks between them: a
//     full disk leaves no newline there.
//   - After a torn event, events that reach to the end of the line. An object that a client wrote inside of
//     a torn body begins alike but ends before.
//   - Events in an envelope (envelope/envelope.h), in one line of a container runtime or in several
//   (envelope/parts.h), or in several envelopes that follow one another.
//   - An event whose end is cut off, when the envelope says its time (cut_off.h): it is marked is_shortened,
//   and what is lost of it is skipped.
// `line` has kPadding readable bytes after it.
Salvage salvage(EventParser& parser, std::string_view line, ParseError error, Event& event,
                const EventHandler& handle);

// Calls EventParser::parse, and salvage() if that fails.
Salvage read_line(EventParser& parser, std::string_view line, Event& event, const EventHandler& handle);

}  // namespace redshank::audit
