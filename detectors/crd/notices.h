// Signs that are no failures yet: API versions that will be removed, watches that end early.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "audit/event.h"

namespace redshank::crd {

struct Notices {
    static constexpr size_t kVersions = 8;

    std::map<std::string, uint64_t> deprecated;  // API version → requests, the first kVersions
    uint64_t dropped_watches = 0;                // of service accounts
    uint64_t deprecated_requests() const;
};
template <class V>
void describe(V& v, Notices& row) {
    v("deprecated", row.deprecated);
    v("dropped_watches", row.dropped_watches);
}

// The API server's annotation k8s.io/deprecated, which it adds when the request has ended. A CRD marks its
// own versions (spec.versions[].deprecated).
bool is_deprecated(const audit::Event& event);

// Whether a watch that has ended was cut off, which is logged as a success. Reflectors ask for five to ten
// minutes and get them; a watch that ends in less than half the time has lost its client, server or storage,
// or failed inside the stream (a resource version that is too old, objects that cannot be converted). Only
// watches that asked for a minute or more count.
bool was_dropped(const audit::Event& event);

}  // namespace redshank::crd
