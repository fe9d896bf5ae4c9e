// Passwords as bcrypt keeps them, by crypt(3) of libxcrypt.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace redshank {

// What is wrong with a text that is to be a bcrypt hash, and how to make one; "" for a good one. A cost over
// 14 is refused: each request would keep a processor busy for seconds.
std::string why_no_bcrypt(const std::string& hash);

// Takes as long as the hash costs (cost 10: 60 ms). False for a text that is no hash.
bool is_password(const std::string& hash, const std::string& password);

// User and password of "Basic dXNlcjpwYXNz"; nothing for another text.
std::optional<std::pair<std::string, std::string>> basic_credentials(std::string_view authorization);

}  // namespace redshank
