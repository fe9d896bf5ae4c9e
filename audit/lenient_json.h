// Rewrites bodies that Go's JSON decoder, and so the API server, accepts but simdjson rejects. A patch is
// logged as it was sent, so a client could otherwise hide a body from every rule by one odd value in it.
#pragma once

#include <string>
#include <string_view>

namespace redshank::audit {

// The nesting depth that encoding/json allows (its maxNestingDepth).
inline constexpr size_t kDeepestJson = 10'000;

// Returns equivalent JSON that every parser accepts: an escape of half a surrogate pair becomes \ufffd, as Go
// decodes it, and an integer of more than 18 digits becomes a floating-point number, as in Go. Call it for
// text that a parser rejected; text that is invalid for other reasons stays invalid.
std::string lenient_json(std::string_view json);

}  // namespace redshank::audit
