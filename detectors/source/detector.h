#pragma once

#include <memory>

#include "detectors/detector.h"

namespace redshank {

// Kind audit-truncated of detector "source": an event came without its bodies, because it exceeded the
// server's --audit-log-truncate-max-event-size (annotation audit.k8s.io/truncated, apiserver plugin/buffered
// truncate backend) or its line our own limit. A client can hide the content of a request by making it large.
std::unique_ptr<Detector> make_source_truncated();

}  // namespace redshank
