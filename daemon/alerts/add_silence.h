#pragma once

#include <string>

#include "daemon/alerts/silence.h"
#include "daemon/store/store.h"

namespace redshank {

// Gives the silence an id and writes it down; those that ended a week ago make room. The daemon takes it
// within seconds. Returns why it could not be written, else "". `store`: Attached.
std::string add_silence(Store& store, Silence& silence, audit::Time now);

}  // namespace redshank
