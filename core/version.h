// Which redshank this is. The texts are made when it is built (cmake/version.cmake).
#pragma once

#include <string_view>

namespace redshank {

// "0.1.0"
std::string_view version();
// The commit, "13f1b95"; "13f1b95-dirty" when files differ from it; "unknown" where it was built outside git.
std::string_view revision();

}  // namespace redshank
