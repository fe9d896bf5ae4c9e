#include "detectors/crd/memory.h"

#include <algorithm>

#include "detectors/crd/catalog.h"

namespace redshank::crd {

namespace {

// How long a failed conversion explains what else goes wrong.
constexpr audit::Duration kConversionMemory = std::chrono::minutes{10};

}  // namespace

bool Memory::has_served_any(const std::vector<std::string>& asked) const {
    return std::any_of(asked.begin(), asked.end(), [&](const std::string& version) {
        return std::find(versions.begin(), versions.end(), version) != versions.end();
    });
}

Outcome Memory::take(const audit::Event& event, bool conversion_failing) {
    const std::string_view subresource = event.object.subresource;
    const std::string_view version = event.object.api_version;
    const auto failed = unconverted.find(version);
    const OutcomeContext context{
        .subresource_served =
            (subresource == "status" && status_served) || (subresource == "scale" && scale_served),
        .conversion_failing = conversion_failing || (failed != unconverted.end() &&
                                                     event.stage_time - failed->second < kConversionMemory)};
    Outcome outcome = classify(event, context);
    if (outcome.outcome == OutcomeClass::ConversionWebhook) {
        if (failed != unconverted.end()) {
            failed->second = event.stage_time;
        } else if (unconverted.size() < kVersions) {
            unconverted.emplace(version, event.stage_time);
        }
    } else if (outcome.outcome == OutcomeClass::Ok && event.verb != "watch" && failed != unconverted.end()) {
        unconverted.erase(failed);
    }
    if (!proves_served(event)) return outcome;
    served = true;
    if (versions.size() < kVersions && std::find(versions.begin(), versions.end(), version) == versions.end())
        versions.emplace_back(version);
    // An unknown subresource is answered like a missing object, so a 404 proves nothing about it.
    if (event.response.code == 404 || event.response.code == 405) return outcome;
    if (subresource == "status") status_served = true;
    if (subresource == "scale") scale_served = true;
    return outcome;
}

}  // namespace redshank::crd
