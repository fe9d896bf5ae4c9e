// The fields of a row of the state are named once, for reading it, for writing it and for docs/state.md. A
// row has one function template, beside the struct, or as a member when the fields are private:
//
//     struct Visit {
//         int64_t count = 0;
//         audit::Time last{};
//     };
//     template <class V>
//     void describe(V& v, Visit& row) {
//         v.must("count", row.count);
//         v("last", row.last);
//     }
//
// V is one of three visitors (row.h): the reader sets the fields, the writer and the printer of columns only
// read them. A visitor has:
//
//     v(name, field)         an absent field keeps its default
//     v.must(name, field)    a row without the field is unusable
//     v.sparse(name, field)  as v(), but a default value is not written
//     v.as_array()           before all fields: writes an array, [count,last]
//     v.rest(name, fields)   the last of an array: all further items
//     v.whole(name, field)   the only one: the row is this value, without braces
//
// Each row has at least one field by must(), so that {"v":1} is no row. A field with an unknown name is
// ignored, since a newer version may have written it. A value of another type than the field's, or out of its
// range, makes the whole row unusable, because half a row would be taken for a whole one; unusable rows are
// counted and named (StateReader::unusable). Forms of older versions are accepted: an array of the fields in
// order for an object, decimal text for a number, microseconds for a time, and a number for an enum.
//
// A field is a bool, a number, std::string, audit::Time (RFC 3339), audit::Duration (microseconds), an enum
// with words_of(), a described struct, std::optional, or a vector, deque, set or map (by text or enum) of
// fields. It may also be of a type with a form of its own: stored() returns a field, restore() reads it:
//
//     std::string stored(const Windows&);
//     bool restore(Windows&, const std::string&);  // false: unusable
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "audit/time.h"

namespace redshank {

// A time, written as microseconds since 1970.
struct Micros {
    audit::Time& time;
};
inline Micros micros(audit::Time& time) {
    return {time};
}

// A row with one time, such as a clock.
struct ClockRow {
    audit::Time time{};
};
template <class V>
void describe(V& v, ClockRow& row) {
    v.whole("time", micros(row.time));
}

// A number that must keep every bit, written as hexadecimal text ("0x1.8p+1"). A decimal fraction may be read
// back with another last bit, and a restart must change nothing.
struct Exact {
    double& number;
};
inline Exact exact(double& number) {
    return {number};
}

// JSON that other code writes, stored unchanged. A string that contains the JSON is accepted as well.
struct RawJson {
    std::string text;
};

// The words of an enum, in the order of its values, which start at 0:
//
//     std::span<const std::string_view> words_of(Colour);
//
// An enum with such words also has to_string() and:
template <class Enum>
bool parse_word(std::string_view word, Enum& out) {
    const std::span<const std::string_view> words = words_of(Enum{});
    for (size_t i = 0; i < words.size(); ++i) {
        if (word != words[i]) continue;
        out = static_cast<Enum>(i);
        return true;
    }
    return false;
}

}  // namespace redshank
