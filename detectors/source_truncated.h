#pragma once

#include <memory>

#include "detectors/detector.h"

namespace redshank {

// Kind audit-truncated of detector "source": the server dropped the bodies of an event because it was larger
// than --audit-log-truncate-max-event-size (annotation audit.k8s.io/truncated, apiserver plugin/buffered
// truncate backend). Who wants to hide what he writes makes it large.
std::unique_ptr<Detector> make_source_truncated();

}  // namespace redshank
