// A disk that was full leaves half a line, and the next event is glued to it without a newline.
#pragma once

#include "audit/event_parser.h"

namespace redshank::audit {

struct Salvage {
    ParseError error = ParseError::None;  // of the whole line
    bool recovered = false;               // an event was found behind the torn part
    size_t skipped = 0;                   // bytes of the line that gave no event
};

// As EventParser::parse; and when the line is bad, tries each `{"kind":"Event"` further on. It must reach to
// the end of the line and be an audit Event: a core/v1 Event inside a torn body starts alike but does
// neither.
Salvage parse_line(EventParser& parser, std::string_view line, Event& event);

}  // namespace redshank::audit
