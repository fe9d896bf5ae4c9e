// Bounds the length of keys, rows and findings: texts that a client may make arbitrarily long are cut as soon
// as the event has been parsed.
#pragma once

#include <string>
#include <string_view>

#include "audit/event.h"

namespace redshank::audit {

// In bytes, for names, users, groups, verbs and the like; Kubernetes' own names have at most 253.
inline constexpr size_t kLongestName = 512;
inline constexpr size_t kLongestAgent = 1024;
inline constexpr size_t kLongestPath = 2048;  // of requestURI, without its query

// Returns `text`, which must be valid UTF-8, unchanged up to `most` bytes (at least 32). A longer text
// becomes its beginning, … and a hash of the whole, together at most `most` bytes, so that two long texts
// stay different. Never cuts inside a character.
std::string cut(std::string_view text, size_t most);

// Cuts the texts of the event that become keys. Bodies, the query, annotations and messages stay whole, since
// rules read them and no state keeps them.
void cut_long_texts(Event& event);

}  // namespace redshank::audit
