// The metrics of custom resources: docs/metrics.md.
#pragma once

#include "detectors/crd/config.h"
#include "detectors/crd/resource_table.h"
#include "detectors/detector.h"

namespace redshank::crd {

// Shows the kMeasured resources with the most requests by name, all others together as group "other".
inline constexpr size_t kMeasured = 25;

void measure(const ResourceTable& resources, const Config& config, audit::Time now, MetricWriter& metrics);

}  // namespace redshank::crd
