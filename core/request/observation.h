#pragma once

#include <cstdint>
#include <string_view>

#include "core/request/request.h"

namespace redshank {

// Where an event came from. Views live as long as the observation.
struct Origin {
    std::string_view cluster;
    std::string_view source;  // file name
    uint64_t offset = 0;      // of the line's first byte, in decompressed bytes
};

// One event as detectors see it. Valid during observe() only.
struct Observation {
    const audit::Event& event;
    const Request& request;  // what the event says, understood once
    const Origin& origin;
    // True for exactly one event of a request: the first one that tells its outcome (ResponseStarted of a
    // watch, exec or 401; ResponseComplete or Panic of the rest). Never for RequestReceived. Count requests
    // by this.
    bool answers = false;
    // Event time: the newest stageTimestamp seen so far, this event included. Lines are not sorted; this
    // never goes back.
    audit::Time now{};
};

}  // namespace redshank
