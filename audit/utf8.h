// UTF-8 (RFC 3629). The parser yields valid text, but decoding and cutting may break it, and invalid text
// cannot be written as JSON and read again.
#pragma once

#include <string>
#include <string_view>

namespace redshank::audit {

// The code point of `text` at `at`, which is advanced; U+FFFD for a byte that is not part of valid UTF-8.
char32_t next_code_point(std::string_view text, size_t& at);

void append_utf8(std::string& out, char32_t c);

// Replaces every byte that is not part of valid UTF-8 by U+FFFD.
std::string valid_utf8(std::string text);

// The longest prefix of valid text that has at most `bytes` bytes and ends with a whole character.
std::string_view cut_utf8(std::string_view text, size_t bytes);

}  // namespace redshank::audit
