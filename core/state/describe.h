// The fields of a row of the state are named once, for reading it, for writing it and for docs/state.md: a
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
// V is one of three visitors (row.h): the reader sets the fields, the writer and the printer of columns leave
// them as they are. What a visitor offers:
//
//     v(name, field)         absent: the field keeps its default
//     v.must(name, field)    absent: the row cannot be used. Each row has at least one, so that {"v":1} is
//     none v.sparse(name, field)  as v(), but written only when it is not the default v.as_array() first of
//     all: written as an array, [count,last] v.rest(name, fields)   the last one of an array: what is left of
//     it v.whole(name, field)   the only one: the row is this one value, without braces
//
// A name that is not known is no error: a newer version wrote it. A value of another type than the field's,
// or out of its range, makes the whole row unusable: half a row would be believed, an unusable one is counted
// and named (StateReader::unusable). A row that is written as an object is also read from an array of its
// fields in order, a number also from its decimal text, a time also from microseconds, and an enum also from
// its number: older versions wrote these.
//
// A field is a bool, a number, std::string, audit::Time (RFC 3339), audit::Duration (microseconds), an enum
// with words_of(), a described struct, std::optional, vector, deque, set or map (by text or enum) of fields,
// or of a type with its own form, for which stored() gives a field and restore() takes it back:
//
//     std::string stored(const Windows&);
//     bool restore(Windows&, const std::string&);  // false: cannot be used
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "audit/time.h"

namespace redshank {

// A time that is written as microseconds since 1970.
struct Micros {
    audit::Time& time;
};
inline Micros micros(audit::Time& time) {
    return {time};
}

// A row that is one time: a clock.
struct ClockRow {
    audit::Time time{};
};
template <class V>
void describe(V& v, ClockRow& row) {
    v.whole("time", micros(row.time));
}

// A number of which no bit may be lost: written as hexadecimal text ("0x1.8p+1"). Decimal fractions may come
// back with another last bit, and a restart must change nothing.
struct Exact {
    double& number;
};
inline Exact exact(double& number) {
    return {number};
}

// JSON that somebody else writes, as it is. Read from a string that holds it, too.
struct RawJson {
    std::string text;
};

// The words of an enum, in the order of its values, which begin with 0:
//
//     std::span<const std::string_view> words_of(Colour);
//
// With them, to_string() and:
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
