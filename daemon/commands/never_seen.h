#pragma once

#include <functional>
#include <set>
#include <string>
#include <string_view>

namespace redshank {

// For a value that nothing was found of: when it is none of what is known, says "no user alcie was ever seen;
// nearest: alice" on stderr. True then. A state that knows nothing refuses nothing. `all_known` is asked only
// when there is a word.
bool is_never_seen(std::string_view what, const std::string& word,
                   const std::function<std::set<std::string>()>& all_known);

}  // namespace redshank
