// Extracts the event from a line that is too long to be held in memory.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace redshank::audit {

// Takes a line piece by piece and keeps the event without requestObject and responseObject, which are what
// makes events long: the API server writes user, object and status before them, times and the decision after
// them. The result is the event without its bodies, as if the server had truncated it
// (audit.k8s.io/truncated). If the other fields exceed kKeeps, whole fields are dropped, the longest first:
// clients can make some of them long (requestURI, user.extra, annotations), and these must not displace
// objectRef. An Event has fewer than twenty fields, so a field below 3 KiB is always kept. Of an object with
// more than kFields fields, the first kFields are kept. Memory is about three times kKeeps, however long the
// line is.
class LongLine {
  public:
    static constexpr size_t kKeeps = size_t{64} << 10, kFields = 32;

    // Adds bytes of the line, in order; the first call after finish() begins another line.
    void add(std::string_view bytes);

    enum class Gives : uint8_t {
        Nothing,  // not a whole JSON object
        Event,    // a JSON object with the fields that were kept
        Rest,     // the end of a torn line, which may be an event glued to it (see salvage.h)
    };
    struct Result {
        Gives gives = Gives::Nothing;
        std::string text;
        uint64_t offset = 0;  // where `text` begins in the line
    };
    // Ends the line.
    Result finish();

  private:
    void inside_string(std::string_view bytes, size_t& at);
    void outside(char byte);
    void keep(std::string_view bytes);
    void drop_longest();
    void drop_field();
    void end_field();
    void remember(std::string_view bytes);

    enum class State : uint8_t { Before, Inside, Behind, Broken };  // the position relative to the object
    State state_ = State::Before;
    uint64_t size_ = 0, depth_ = 0;
    bool in_string_ = false, escaped_ = false;
    bool dropping_ = false;      // the field that is being read is dropped
    size_t field_ = 1;           // where that field begins in kept_
    std::string kept_ = "{";     // whole fields, each followed by a comma, and the field being read
    std::vector<size_t> sizes_;  // of each whole field, with its comma
    std::string last_;           // the last bytes of the line
};

}  // namespace redshank::audit
