#pragma once

#include <cstdint>
#include <string_view>

#include "core/request/request.h"

namespace redshank {

// Where an event came from. The views live as long as the observation.
struct Origin {
    std::string_view cluster;
    std::string_view source;      // file name
    uint64_t offset = 0;          // of the line's first byte, in the decompressed stream
    std::string_view generation;  // of the file: Evidence::generation
};

// An event as detectors see it. Valid during observe() only.
struct Observation {
    const audit::Event& event;
    const Request& request;  // derived from the event once, for all detectors
    const Origin& origin;
    // True for exactly one event of each request: the first that tells its outcome (ResponseStarted for a
    // watch, an exec or a 401; otherwise ResponseComplete or Panic). Never true for RequestReceived.
    // Detectors count requests by it.
    bool answers = false;
    // Event time: the newest stageTimestamp so far, including this event. Lines are not sorted by time, but
    // this value never decreases.
    audit::Time now{};
};

}  // namespace redshank
