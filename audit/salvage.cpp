#include "audit/salvage.h"

#include <algorithm>
#include <string>
#include <vector>

#include "audit/cut_off.h"
#include "audit/envelope/continuation.h"
#include "audit/envelope/envelope.h"
#include "audit/envelope/items.h"
#include "audit/envelope/parts.h"
#include "audit/space.h"

namespace redshank::audit {

namespace {

constexpr std::string_view kStart = R"({"kind":"Event")";
constexpr std::string_view kCutByCloudWatch = "[Truncated...]";
constexpr int kTries = 64;     // places that are tried in one line: bounds the cost of a hostile line
constexpr int kEnvelopes = 3;  // nesting of envelopes: a shipper may read another shipper's file

// What a container runtime or syslog writes before each line. The rest of a torn event has quotes or braces.
bool is_mark(std::string_view text) {
    return text.size() <= 256 && text.find_first_of("{}\"") == text.npos;
}

class Finder {
  public:
    Finder(EventParser& parser, std::string_view line, Event& event, const EventHandler& handle)
        : parser_(parser), line_(line), event_(event), handle_(handle) {}

    // Handles the events that follow one another from `at` on; returns the end of the last.
    size_t tell_chain(size_t at, std::string_view cluster) {
        for (size_t end = next_end(at); end != line_.npos && parses(at, end); end = next_end(at)) {
            handle_(event_, {at, cluster});
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
    // Blanks may stand between two events, and commas.
    size_t next_start(size_t end) const {
        return std::min(line_.find_first_not_of(" \t\r\n,", end), line_.size());
    }
    size_t next_end(size_t at) const {
        if (!line_.substr(at).starts_with('{')) return line_.npos;
        const size_t size = json_end(line_.substr(at));
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

// Without what an array or a pretty-printed object leaves behind its items.
std::string_view without_end(std::string_view line) {
    while (!line.empty() && (is_space(line.back()) || line.back() == ',')) line.remove_suffix(1);
    return line;
}

bool is_frame(std::string_view text) {
    constexpr size_t kMostBrackets = 64;
    if (text.find_first_not_of("{}[], \t\r\n") == text.npos) return text.size() <= kMostBrackets;
    const size_t last_line = text.rfind('\n');
    if (text.starts_with('{') && last_line != text.npos)
        return !opens_list(text.substr(last_line + 1)).empty();
    // "nextToken": "x"
    const size_t begin = text.find_first_not_of(" \t");
    if (begin == 0 || begin == text.npos || text[begin] != '"') return false;
    const std::string member = "{" + std::string(without_end(text.substr(begin))) + "}";
    size_t members = 0;
    each_whole_member(member, [&](std::string_view, size_t, size_t to) {
        ++members;
        return to + 1 < member.size();
    });
    return members == 1 && member.size() < 4096 && json_end(member) == member.size();
}

// Reads a line, and what it carries.
class Reader {
  public:
    Reader(EventParser& parser, Event& event, const EventHandler& handle)
        : parser_(parser), event_(event), handle_(handle) {}

    // What is known of a text from outside of it.
    struct From {
        int envelopes = kEnvelopes;  // that may still be opened
        std::string_view cluster;
        Time time{};
    };

    Salvage read(std::string_view line, const From& from) {
        const ParseError error = parser_.parse(line, event_);
        if (error != ParseError::None) return salvage(line, error, from);
        handle_(event_, {0, from.cluster});
        return {.events = 1};
    }

    Salvage salvage(std::string_view line, ParseError error, const From& from) {
        Salvage result{.error = error, .skipped = line.size()};
        if (error == ParseError::Empty || error == ParseError::LegacyFormat) return result;
        if (join(line, from, result)) return result;
        const bool may_be_glued = error == ParseError::BadJson || error == ParseError::BadUtf8;
        if (may_be_glued && find_glued(line, from, result)) return result;
        if (may_be_glued && read_chain(line, from, result)) return result;
        if (from.envelopes > 0 && open(line, from, result)) return result;
        if (may_be_glued && read_behind_mark(line, from, result)) return result;
        if (may_be_glued && mine(line, from, result)) return result;
        result.is_frame = is_frame(line);
        if (result.is_frame) result.skipped = 0;
        return result;
    }

  private:
    // A text that the line carries; its events have the place of the whole.
    Salvage read_carried(std::string_view text, const From& from) {
        const EventHandler at_envelope = [&](const Event& found, const EventPlace& place) {
            handle_(found, {0, place.cluster});
        };
        return Reader(parser_, event_, at_envelope).read(text, from);
    }
    // A part of the line, which begins at this offset.
    Salvage read_part(std::string_view text, size_t at, const From& from) {
        const EventHandler in_line = [&](const Event& found, const EventPlace& place) {
            handle_(found, {at + place.at, place.cluster});
        };
        return Reader(parser_, event_, in_line).read(text, from);
    }

    // Lines of a container runtime of which one was cut.
    bool join(std::string_view line, const From& from, Salvage& result) {
        const bool are_several = line.find('\n') != line.npos;
        const auto cri = cri_line(line.substr(0, line.find('\n')));
        if (!are_several && !(cri && cri->goes_on)) return false;
        if (are_several && line.starts_with('{') && !docker_part(line.substr(0, line.find('\n'))))
            return false;
        size_t lost = 0;
        for (const Joined& one : join_parts(line)) {
            From own = from;
            if (one.time != Time{}) own.time = one.time;
            std::string text = one.text;
            text.append(kPadding, '\0');
            const Salvage inside = read_carried(std::string_view(text).substr(0, one.text.size()), own);
            result.events += inside.events;
            if (inside.events > 0) lost += inside.skipped;
        }
        if (result.events > 0) result.skipped = lost;
        return result.events > 0;
    }

    bool find_glued(std::string_view line, const From& from, Salvage& result) {
        std::string_view text = without_end(line);
        if (text.ends_with(kCutByCloudWatch)) text.remove_suffix(kCutByCloudWatch.size());
        Finder finder(parser_, text, event_, handle_);
        const size_t head = finder.tell_chain(0, from.cluster);
        size_t lost_until = text.size();
        size_t tail = head;
        for (int i = 0; i < kTries && tail != text.npos; ++i, tail = text.find(kStart, tail + 1)) {
            if (!finder.fills_rest(tail)) continue;
            finder.tell_chain(tail, from.cluster);
            lost_until = tail;
            break;
        }
        result.events = finder.found();
        if (result.events == 0) return false;
        const std::string_view lost = text.substr(head, lost_until - head);
        result.skipped = head == 0 && is_mark(lost) ? 0 : lost.size();
        return true;
    }

    bool open(std::string_view line, const From& from, Salvage& result) {
        size_t lost = 0, answered = 0;
        for (const Carried& carried : open_envelope(line)) {
            if (carried.record == answered && answered != 0) continue;
            From inside{from.envelopes - 1, carried.cluster, carried.time};
            if (inside.cluster.empty()) inside.cluster = from.cluster;
            if (inside.time == Time{}) inside.time = from.time;
            const Salvage read = read_carried(carried.view(), inside);
            result.events += read.events;
            if (read.events == 0) continue;
            answered = carried.record;
            lost += read.skipped;
        }
        if (result.events > 0) result.skipped = std::min(lost, line.size());
        return result.events > 0;
    }

    // Objects that follow one another, each an envelope.
    bool read_chain(std::string_view line, const From& from, Salvage& result) {
        const std::string_view text = without_end(line);
        if (!text.starts_with('{')) return false;
        size_t at = 0, lost = 0;
        bool is_first = true;
        while (at < text.size()) {
            const size_t size = text[at] == '{' ? json_end(text.substr(at)) : text.npos;
            if (size == text.npos || (is_first && size == text.size() && text.size() == line.size())) break;
            is_first = false;
            const Salvage one = read_part(line.substr(at, size), at, from);
            result.events += one.events;
            lost += one.skipped;
            at = std::min(text.find_first_not_of(" \t\r\n,", at + size), text.size());
        }
        if (result.events > 0) result.skipped = lost + (text.size() - at);
        return result.events > 0;
    }

    // "2026-01-05T10:00:00Z stdout F {…", "<14>1 2026-… {…".
    bool read_behind_mark(std::string_view line, const From& from, Salvage& result) {
        const size_t brace = line.find_first_of("{[");
        if (brace == 0 || brace == line.npos || !is_mark(line.substr(0, brace))) return false;
        From own = from;
        std::string_view mark = line.substr(0, brace);
        while (!mark.empty() && own.time == from.time) {
            const size_t end = std::min(mark.find(' '), mark.size());
            if (const auto time = parse_time(mark.substr(0, end))) own.time = *time;
            mark.remove_prefix(std::min(end + 1, mark.size()));
        }
        const Salvage inside = read_part(line.substr(brace), brace, own);
        if (inside.events == 0) return false;
        result.events = inside.events;
        result.skipped = inside.skipped;
        return true;
    }

    bool mine(std::string_view line, const From& from, Salvage& result) {
        const std::string mined = event_before_cut(line, from.time);
        if (mined.empty()) return false;
        std::string text = mined;
        text.append(kPadding, '\0');
        const std::string_view padded = std::string_view(text).substr(0, mined.size());
        if (parser_.parse(padded, event_) != ParseError::None) return false;
        event_.is_shortened = true;
        handle_(event_, {0, from.cluster});
        result.events = 1;
        const auto kept = std::mismatch(line.begin(), line.end(), mined.begin(), mined.end()).first;
        result.skipped = std::max<size_t>(1, static_cast<size_t>(line.end() - kept));
        return true;
    }

    EventParser& parser_;
    Event& event_;
    const EventHandler& handle_;
};

}  // namespace

Salvage salvage(EventParser& parser, std::string_view line, ParseError error, Event& event,
                const EventHandler& handle) {
    return Reader(parser, event, handle).salvage(line, error, {});
}

Salvage read_line(EventParser& parser, std::string_view line, Event& event, const EventHandler& handle) {
    return Reader(parser, event, handle).read(line, {});
}

}  // namespace redshank::audit
