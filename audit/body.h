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
// 64 bytes are looked at in one step, as simdjson does, but nothing is written down for a second pass.
// `wide`: with the instructions that has_wide_steps() tells of, without which it is a tenth as fast.
bool has_wide_steps();
size_t body_size(std::string_view text, bool wide = has_wide_steps());

}  // namespace redshank::audit
