// Bodies that Go's JSON decoder takes, and so the API server, but not our parsers. A patch stands in the log
// as it was sent: without this a client could hide a body from every rule by one odd field in it.
#pragma once

#include <string>
#include <string_view>

namespace redshank::audit {

// How deep encoding/json lets values be nested (its maxNestingDepth).
inline constexpr size_t kDeepestJson = 10'000;

// The same JSON in words that every parser takes: an escape of half a surrogate pair becomes \ufffd, as Go
// reads it, and an integer of more than 18 digits becomes a floating-point number, as in Go. For text that
// was refused; what is no JSON for other reasons stays so.
std::string lenient_json(std::string_view json);

}  // namespace redshank::audit
