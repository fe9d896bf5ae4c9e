#include "detectors/crd/notices.h"

#include "detectors/crd/time_allowed.h"

namespace redshank::crd {

uint64_t Notices::deprecated_requests() const {
    uint64_t all = 0;
    for (const auto& [version, requests] : deprecated) all += requests;
    return all;
}

bool is_deprecated(const audit::Event& event) {
    return event.annotation("k8s.io/deprecated") == "true";
}

bool was_dropped(const audit::Event& event) {
    if (event.verb != "watch" || event.stage != audit::Stage::ResponseComplete || !event.succeeded())
        return false;
    const auto asked = watch_time_asked(event);
    return asked && *asked >= std::chrono::minutes{1} && event.stage_time - event.received < *asked / 2;
}

}  // namespace redshank::crd
