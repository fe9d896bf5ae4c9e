// Which lines of a file are one text.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace redshank::audit {

// Looks at the lines of a file one after the other. These are one:
//   - the parts of a line that a container runtime has cut (parts.h), with the other stream's lines between;
//   - an object that is pretty-printed: from a line with nothing but `{` to the one with as much space before
//     its `}`. Of an object at the margin, a member that is a list of events or records ends the text, so
//     that its items, objects of their own, are as many texts: an export may be longer than memory.
// A line that begins like nothing of this is one by itself and costs a comparison.
class Continuation {
  public:
    enum class Says : uint8_t {
        Ends,        // the text ends with this line
        GoesOn,      // and goes on with the next
        EndsBefore,  // it ended before this line, of which nothing is said: ask again
    };
    // `is_cut`: the line's beginning is not there any more, because the text is too long.
    Says add(std::string_view line, bool is_cut = false) {
        return inside_ == Inside::Nothing && (is_cut || !may_begin(line)) ? Says::Ends
                                                                          : look_at(line, is_cut);
    }
    void reset() { inside_ = Inside::Nothing; }
    bool is_inside() const { return inside_ != Inside::Nothing; }

  private:
    // An event begins with `{"k`, what Docker writes with `{"l`.
    static bool may_begin(std::string_view line) {
        if (line.empty()) return false;
        const char first = line.front();
        if (first == '{') return line.size() < 3 || line[2] == 'l';
        return first == ' ' || first == '\t' || (first >= '0' && first <= '9');
    }
    Says look_at(std::string_view line, bool is_cut);
    Says begin(std::string_view line);
    Says go_on_pretty(std::string_view line);

    enum class Inside : uint8_t { Nothing, Cri, Docker, Pretty } inside_ = Inside::Nothing;
    std::string stream_;  // of Cri and Docker
    size_t margin_ = 0;   // of Pretty: bytes of space before its `{` …
    size_t members_ = 0;  // … and before its first member; 0: none has come
};

// The member `"KEY": [` of an object, whose items may be events or envelopes, and the key.
std::string_view opens_list(std::string_view line);

}  // namespace redshank::audit
