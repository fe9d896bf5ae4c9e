#include "audit/event_parser.h"

#include "audit/any_line.h"
#include "audit/space.h"
#include "audit/usual_line.h"

namespace redshank::audit {

std::string_view to_string(ParseError error) {
    switch (error) {
        case ParseError::None:
            return "none";
        case ParseError::Empty:
            return "empty";
        case ParseError::BadUtf8:
            return "bad_utf8";
        case ParseError::BadJson:
            return "bad_json";
        case ParseError::LegacyFormat:
            return "legacy_format";
        case ParseError::NotAnEvent:
            return "not_an_event";
        case ParseError::BadTime:
            return "bad_time";
    }
    return "unknown";
}

struct EventParser::Impl {
    UsualLine usual;
    AnyLine any;
};

EventParser::EventParser() : impl_(std::make_unique<Impl>()) {}
EventParser::~EventParser() = default;

ParseError EventParser::parse(std::string_view text, Event& event) {
    text = trim_end(text);
    event.clear();
    if (impl_->usual.read(text, event)) return ParseError::None;
    event.clear();
    return impl_->any.read(text, event);
}

}  // namespace redshank::audit
