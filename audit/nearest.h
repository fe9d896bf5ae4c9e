#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace redshank::audit {

// The known name nearest to a mistyped one (edit distance at most a third of its length); "" when none is
// that near. All errors about unknown words use it.
std::string nearest_name(std::string_view word, const std::vector<std::string_view>& known);

}  // namespace redshank::audit
