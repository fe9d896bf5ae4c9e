// What a line says that is too long to be held.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace redshank::audit {

// Takes a line piece by piece and keeps the event without requestObject and responseObject, which is what
// made it long: the API server writes who asked for what and the status before them, the times and the
// decision behind them. So the event is whole but for its bodies, as if the server had truncated it
// (audit.k8s.io/truncated). Fields that do not fit into kKeeps go too, whole, the longest first: clients can
// make some of them long (requestURI, user.extra, annotations), which must not put objectRef out. An Event
// has fewer than twenty fields, so one below 3 KiB is always kept; of what has more than kFields, the first
// are. Holds about kKeeps bytes, three times, however long the line is.
class LongLine {
  public:
    static constexpr size_t kKeeps = size_t{64} << 10, kFields = 32;

    // Bytes of the line, in order; the first call after finish() begins another line.
    void add(std::string_view bytes);

    enum class Gives : uint8_t {
        Nothing,  // it is no whole JSON object
        Event,    // a JSON object of the fields that were kept
        Rest,     // of a torn line, what may be the event that was glued to the torn one (see salvage.h)
    };
    struct Result {
        Gives gives = Gives::Nothing;
        std::string text;
        uint64_t offset = 0;  // of the text in the line
    };
    // The line has ended.
    Result finish();

  private:
    void inside_string(std::string_view bytes, size_t& at);
    void outside(char byte);
    void keep(std::string_view bytes);
    void drop_longest();
    void drop_field();
    void end_field();
    void remember(std::string_view bytes);

    enum class State : uint8_t { Before, Inside, Behind, Broken };  // the object
    State state_ = State::Before;
    uint64_t size_ = 0, depth_ = 0;
    bool in_string_ = false, escaped_ = false;
    bool dropping_ = false;      // the field that is being read
    size_t field_ = 1;           // where it begins in kept_
    std::string kept_ = "{";     // whole fields, each with a comma behind it, and the one being read
    std::vector<size_t> sizes_;  // of the whole fields, with the comma
    std::string last_;           // the last bytes of the line
};

}  // namespace redshank::audit
