// Nobody can make a key, a row or a finding long: what a client may write at any length is cut where its
// event is read.
#pragma once

#include <string>
#include <string_view>

#include "audit/event.h"

namespace redshank::audit {

// Bytes of a name, a user, a group, a verb and the like; Kubernetes' own names have at most 253.
inline constexpr size_t kLongestName = 512;
inline constexpr size_t kLongestAgent = 1024;
inline constexpr size_t kLongestPath = 2048;  // of requestURI, without its query

// Valid UTF-8, as the parser hands it out: `text` itself up to `most` bytes (at least 32); else its
// beginning, … and a hash of the whole, `most` bytes at most: two long texts stay two. Never cuts inside a
// character.
std::string cut(std::string_view text, size_t most);

// Cuts the texts of the event that become keys. Bodies, the query, annotations and messages stay whole: rules
// read them, and nobody keeps them.
void cut_long_texts(Event& event);

}  // namespace redshank::audit
