// Finds the end of a JSON object or array without reading what is in it.
#pragma once

#include <cstddef>
#include <string_view>

namespace redshank::audit {

// The size of the object or array at the front of `text`, which has kPadding readable bytes after it: up to
// the bracket that closes the first one, brackets in strings not counted. As for AnyLine, that is all that is
// asked of a body, that it is UTF-8, and that it begins as JSON. 0 when it ends before, begins otherwise
// (also with a blank), has control characters or more than 1,000 levels: these are for AnyLine.
//
// 64 bytes are looked at in one step, as simdjson does, but nothing is written down for a second pass: 24 MB
// of RequestResponse events are read at 2.5 GB/s instead of 1.8.
size_t body_size(std::string_view text);

}  // namespace redshank::audit
