// A look through a short list that is known when the program is compiled.
#pragma once

#include <algorithm>
#include <iterator>
#include <string_view>

namespace redshank {

// `all`: an array of std::string_view.
template <class All>
bool is_one_of(std::string_view text, const All& all) {
    return std::find(std::begin(all), std::end(all), text) != std::end(all);
}

}  // namespace redshank
