// UTF-8 (RFC 3629). What the parser hands out is valid; what is decoded or cut here need not stay so, and
// text that is not valid cannot be written as JSON and read again.
#pragma once

#include <string>
#include <string_view>

namespace redshank::audit {

// The code point of `text` at `at`, which moves on; U+FFFD for a byte that is not part of valid UTF-8.
char32_t next_code_point(std::string_view text, size_t& at);

void append_utf8(std::string& out, char32_t c);

// Every byte that is not part of valid UTF-8 becomes U+FFFD; nothing else changes.
std::string valid_utf8(std::string text);

// The longest head of valid text of at most `bytes` bytes that ends with a whole character.
std::string_view cut_utf8(std::string_view text, size_t bytes);

}  // namespace redshank::audit
