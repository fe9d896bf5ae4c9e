#pragma once

#include <string>
#include <string_view>

namespace redshank {

// The HELP line of a metric, from the table in metric_help.cpp. A name that is not there gets a pointer to
// docs/metrics.md.
std::string metric_help(std::string_view name);

}  // namespace redshank
