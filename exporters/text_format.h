// The exposition formats, written by us because prometheus-cpp's serializer does not escape HELP, writes
// "Nan" and knows no OpenMetrics.
#pragma once

#include <prometheus/metric_family.h>

#include <string>
#include <vector>

namespace redshank {

// Families in the order of their names, series in the order of their labels.
std::string write_metrics(std::vector<prometheus::MetricFamily> families, bool openmetrics);

}  // namespace redshank
