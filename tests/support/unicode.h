// Text as an attacker might choose it.
#pragma once

#include <random>
#include <string>
#include <string_view>

namespace redshank::test {

// At most `pieces` pieces, each a code point, broken bytes, or text that receivers interpret: mentions,
// links, markup.
std::string random_text(std::mt19937_64& random, size_t pieces);

bool is_utf8(std::string_view text);

}  // namespace redshank::test
