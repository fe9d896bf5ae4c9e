// The exposition formats. prometheus-cpp's serializer is not used: it does not escape HELP, writes "Nan", and
// has no OpenMetrics.
#pragma once

#include <prometheus/metric_family.h>

#include <string>
#include <vector>

namespace redshank {

// Sorts families by name and series by labels.
std::string write_metrics(std::vector<prometheus::MetricFamily> families, bool openmetrics);

}  // namespace redshank
