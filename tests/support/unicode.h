// Text as an attacker would choose it.
#pragma once

#include <random>
#include <string>
#include <string_view>

namespace redshank::test {

// Up to `pieces` pieces: any code point, broken bytes, and what receivers interpret: mentions, links, markup.
std::string random_text(std::mt19937_64& random, size_t pieces);

bool is_utf8(std::string_view text);

}  // namespace redshank::test
