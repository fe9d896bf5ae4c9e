#pragma once

#include <optional>
#include <string>

#include "daemon/alerts/silence.h"
#include "daemon/store/store.h"

namespace redshank {

// Gives the silence an id and writes it down; those that ended a week ago make room. The daemon takes it
// within seconds. Returns why it could not be written, else "". `store`: Attached.
std::string add_silence(Store& store, Silence& silence, audit::Time now);

// Ends the silence of this id now, if it has not ended before. Returns why it could not be written, else "";
// nothing when there is none of this id. `store`: Attached.
std::optional<std::string> expire_silence(Store& store, const std::string& id, audit::Time now);

}  // namespace redshank
