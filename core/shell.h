// Text in commands that people paste into a shell.
#pragma once

#include <string>
#include <string_view>

namespace redshank {

// 'it'\''s': one word for a POSIX shell, whatever it holds.
std::string in_shell_quotes(std::string_view text);

}  // namespace redshank
