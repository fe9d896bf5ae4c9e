// Which names does the state know that begin so? For a search of any name: bounded, whatever the state holds.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/state/state.h"

namespace redshank {

struct NamesFound {
    std::vector<std::string> users;  // sorted
    bool more_users = false;
};

// Users whose names begin with the text, and service accounts of the namespace, or the NAMESPACE/NAME, that
// begins so; at most `most`.
NamesFound users_called(const StateReader& state, std::string_view text, size_t most);

// The name of a service account that sentences call "NAMESPACE/NAME"; "" for another text.
std::string account_named(std::string_view text);

// Secrets that were seen, of this name in any namespace, or of this "NAMESPACE/NAME"; sorted.
std::vector<std::string> secrets_named(const StateReader& state, std::string_view name);

}  // namespace redshank
