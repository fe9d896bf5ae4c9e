#pragma once

#include <prometheus/metric_family.h>

#include <vector>

namespace redshank {

// The process_* metrics that every Prometheus client library has, from /proc/self at the time of the call.
// Metrics that cannot be read are left out.
void append_process_metrics(std::vector<prometheus::MetricFamily>& families);

}  // namespace redshank
