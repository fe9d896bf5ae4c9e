#include "audit/salvage.h"

#include <algorithm>
#include <vector>

#include "audit/envelope.h"

namespace redshank::audit {

namespace {

constexpr std::string_view kStart = R"({"kind":"Event")";
constexpr int kTries = 64;     // places that are tried in one line: bounds the cost of a hostile line
constexpr int kEnvelopes = 3;  // nesting of envelopes: a shipper may read another shipper's file

// The end of the JSON object at the front of `text`; npos when it is not closed.
size_t object_end(std::string_view text) {
    size_t depth = 0;
    bool in_string = false;
    for (size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if (in_string) {
            if (c == '\\') ++i;
            if (c == '"') in_string = false;
        } else if (c == '"') {
            in_string = true;
        } else if (c == '{') {
            ++depth;
        } else if (c == '}' && --depth == 0) {
            return i + 1;
        }
    }
    return text.npos;
}

// What a container runtime or syslog writes before each line. The rest of a torn event has quotes or braces.
bool is_mark(std::string_view text) {
    return text.size() <= 256 && text.find_first_of("{}\"") == text.npos;
}

class Finder {
  public:
    Finder(EventParser& parser, std::string_view line, Event& event, const EventHandler& handle)
        : parser_(parser), line_(line), event_(event), handle_(handle) {}

    // Handles the events that follow one another from `at` on; returns the end of the last.
    size_t tell_chain(size_t at) {
        for (size_t end = next_end(at); end != line_.npos && parses(at, end); end = next_end(at)) {
            handle_(event_, at);
            ++found_;
            at = next_start(end);
        }
        return at;
    }

    // Whether whole events fill the line from `at` to its end.
    bool fills_rest(size_t at) {
        for (size_t end = next_end(at); end != line_.npos; end = next_end(at)) {
            if (!parses(at, end)) return false;
            at = next_start(end);
            if (at == line_.size()) return true;
        }
        return false;
    }

    size_t found() const { return found_; }

  private:
    // Blanks may stand between two events.
    size_t next_start(size_t end) const {
        return std::min(line_.find_first_not_of(" \t", end), line_.size());
    }
    size_t next_end(size_t at) const {
        if (!line_.substr(at).starts_with('{')) return line_.npos;
        const size_t size = object_end(line_.substr(at));
        return size == line_.npos ? size : at + size;
    }
    bool parses(size_t at, size_t end) {
        return parser_.parse(line_.substr(at, end - at), event_) == ParseError::None;
    }

    EventParser& parser_;
    const std::string_view line_;
    Event& event_;
    const EventHandler& handle_;
    size_t found_ = 0;
};

std::string_view without_end(std::string_view line) {
    while (!line.empty() && (line.back() == '\r' || line.back() == ' ')) line.remove_suffix(1);
    return line;
}

Salvage read_at(EventParser& parser, std::string_view line, Event& event, const EventHandler& handle,
                int envelopes);

// Handles the events in the texts of an envelope; all of them have the envelope's offset.
Salvage open(EventParser& parser, std::string_view line, ParseError error, Event& event,
             const EventHandler& handle, int envelopes) {
    Salvage result{.error = error, .skipped = line.size()};
    const EventHandler at_envelope = [&](const Event& found, size_t) { handle(found, 0); };
    for (std::string& text : open_envelope(line)) {
        const size_t size = text.size();
        text.append(kPadding, '\0');
        const std::string_view carried = std::string_view(text).substr(0, size);
        result.events += read_at(parser, carried, event, at_envelope, envelopes - 1).events;
    }
    if (result.events > 0) result.skipped = 0;
    return result;
}

Salvage salvage_at(EventParser& parser, std::string_view line, ParseError error, Event& event,
                   const EventHandler& handle, int envelopes) {
    Salvage result{.error = error, .skipped = line.size()};
    const bool may_be_glued = error == ParseError::BadJson || error == ParseError::BadUtf8;
    if (may_be_glued) {
        const std::string_view text = without_end(line);
        Finder finder(parser, text, event, handle);
        const size_t head = finder.tell_chain(0);
        size_t lost_until = text.size();
        size_t tail = head;
        for (int i = 0; i < kTries && tail != text.npos; ++i, tail = text.find(kStart, tail + 1)) {
            if (!finder.fills_rest(tail)) continue;
            finder.tell_chain(tail);
            lost_until = tail;
            break;
        }
        result.events = finder.found();
        if (result.events > 0) {
            const std::string_view lost = text.substr(head, lost_until - head);
            result.skipped = head == 0 && is_mark(lost) ? 0 : lost.size();
            return result;
        }
    }
    if (envelopes == 0 || error == ParseError::Empty || error == ParseError::LegacyFormat) return result;
    return open(parser, line, error, event, handle, envelopes);
}

Salvage read_at(EventParser& parser, std::string_view line, Event& event, const EventHandler& handle,
                int envelopes) {
    const ParseError error = parser.parse(line, event);
    if (error != ParseError::None) return salvage_at(parser, line, error, event, handle, envelopes);
    handle(event, 0);
    return {.events = 1};
}

}  // namespace

Salvage salvage(EventParser& parser, std::string_view line, ParseError error, Event& event,
                const EventHandler& handle) {
    return salvage_at(parser, line, error, event, handle, kEnvelopes);
}

Salvage read_line(EventParser& parser, std::string_view line, Event& event, const EventHandler& handle) {
    return read_at(parser, line, event, handle, kEnvelopes);
}

}  // namespace redshank::audit
