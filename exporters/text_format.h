// The exposition formats. prometheus-cpp's serializer is not used: it does not escape HELP, writes "Nan", and
// has no OpenMetrics.
#pragma once

#include <prometheus/metric_family.h>

#include <map>
#include <string>
#include <utility>
#include <vector>

namespace redshank {

// An event behind a counter, by id.
struct Exemplar {
    std::string key, id;
    double time = 0;  // Unix seconds
};
using SeriesName =
    std::pair<std::string, std::vector<prometheus::ClientMetric::Label>>;  // labels in their order
using Exemplars = std::map<SeriesName, Exemplar>;

// Sorts families by name and series by labels.
std::string write_metrics(std::vector<prometheus::MetricFamily> families, bool openmetrics,
                          const Exemplars& exemplars = {});

}  // namespace redshank
