// What must be remembered about a resource to classify the outcome of a request on it.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "detectors/crd/outcome.h"

namespace redshank::crd {

struct Memory {
    static constexpr size_t kVersions = 8;

    bool served = false;         // a handler of this resource has answered
    bool status_served = false;  // … of its subresources
    bool scale_served = false;
    std::vector<std::string> versions;  // that were served, the first kVersions
    // API version → time of its last failed conversion, unless a request of it succeeded since; the first
    // kVersions.
    std::map<std::string, audit::Time, std::less<>> unconverted;

    bool has_served_any(const std::vector<std::string>& asked) const;

    // Classifies the answering event of a request on this resource, and remembers what it showed.
    // `conversion_failing`: known from elsewhere, even if nothing is remembered here.
    Outcome take(const audit::Event& event, bool conversion_failing = false);
};
template <class V>
void describe(V& v, Memory& row) {
    v.must("served", row.served);
    v("status_served", row.status_served);
    v("scale_served", row.scale_served);
    v("versions", row.versions);
    v("unconverted", row.unconverted);
}

}  // namespace redshank::crd
