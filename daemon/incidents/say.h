#pragma once

#include <string>

#include "daemon/incidents/said.h"
#include "daemon/store/store.h"

namespace redshank {

// Writes down what somebody says of an incident; the daemon takes it within seconds. Returns why it could not
// be written, else "". `store`: Attached.
std::string say_of_incident(Store& store, const SaidOfIncident& said);

}  // namespace redshank
