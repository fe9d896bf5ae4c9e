#include "detectors/crd/request_list.h"

#include <boost/json.hpp>

#include "detectors/crd/resource.h"

namespace redshank::crd {

namespace json = boost::json;

std::string to_json(const FailingRequest& request) {
    return json::serialize(json::object{
        {"audit_id", request.audit_id},
        {"time", audit::format_time(request.time)},
        {"group", request.group},
        {"resource", request.resource},
        {"subresource", request.subresource},
        {"namespace", request.namespace_},
        {"name", request.name},
        {"verb", request.verb},
        {"code", request.code},
        {"class", to_string(request.outcome)},
        {"spends_budget", request.spends_budget},
        {"cause", request.cause},
    });
}

RequestList::Resource* RequestList::resource_of(std::string_view cluster, const audit::Event& event) {
    if (!event.object.present || event.object.resource.empty()) return nullptr;
    const Origin origin = catalog_.origin_of(cluster, event.object.api_group, event.object.resource, false);
    if (origin == Origin::BuiltIn || origin == Origin::Aggregated) return nullptr;
    const std::string key = ResourceKey{std::string(cluster), std::string(event.object.api_group),
                                        std::string(event.object.resource)}
                                .text();
    if (resources_.size() >= kMaxResources && !resources_.contains(key)) return nullptr;
    return &resources_[key];
}

// A watch may find the cache empty a moment before the first request says that conversion fails.
void RequestList::look_back(Resource& resource, const audit::Event& event, const Outcome& outcome) {
    constexpr audit::Duration kMoment = std::chrono::minutes{1};
    constexpr size_t kMaxWaiting = 1'000, kMaxUnconverted = 100'000;
    if (waits_for_storage(event)) {
        if (resource.waiting.size() < kMaxWaiting) {
            resource.waiting.push_back(
                {event.stage_time, std::string(event.object.api_version), std::string(event.audit_id)});
        }
    } else if (outcome.outcome == OutcomeClass::ConversionWebhook) {
        std::erase_if(resource.waiting, [&](const Waiting& request) {
            if (request.version != event.object.api_version) return false;
            if (event.stage_time - request.time < kMoment && unconverted_.size() < kMaxUnconverted)
                unconverted_.insert(request.audit_id);
            return true;
        });
    } else if (outcome.outcome == OutcomeClass::Ok && event.verb == "watch") {
        // The cache is filled.
        std::erase_if(resource.waiting,
                      [&](const Waiting& request) { return request.version == event.object.api_version; });
    }
}

void RequestList::learn(std::string_view cluster, const audit::Event& event) {
    catalog_.learn(cluster, symbols_.understand(event));
    Resource* resource = resource_of(cluster, event);
    if (!resource) return;
    look_back(*resource, event, resource->memory.take(event));
    resource->memory.unconverted.clear();  // the second time comes from the beginning again
}

std::optional<FailingRequest> RequestList::classify(std::string_view cluster, const audit::Event& event) {
    catalog_.learn(cluster, symbols_.understand(event));
    Resource* resource = resource_of(cluster, event);
    if (!resource) return std::nullopt;
    const bool is_unconverted =
        waits_for_storage(event) && unconverted_.contains(std::string(event.audit_id));
    Outcome outcome = resource->memory.take(event, is_unconverted);
    const Origin origin =
        catalog_.origin_of(cluster, event.object.api_group, event.object.resource, resource->memory.served);
    if (outcome.outcome == OutcomeClass::Ok || !is_custom(origin)) return std::nullopt;
    return FailingRequest{.time = event.stage_time,
                          .audit_id = std::string(event.audit_id),
                          .group = std::string(event.object.api_group),
                          .resource = std::string(event.object.resource),
                          .subresource = std::string(event.object.subresource),
                          .namespace_ = std::string(event.object.namespace_),
                          .name = std::string(event.object.name),
                          .verb = std::string(event.verb),
                          .code = event.response.code,
                          .outcome = outcome.outcome,
                          .spends_budget = meaning_of(outcome.outcome) == Meaning::Fault,
                          .cause = std::move(outcome.cause)};
}

}  // namespace redshank::crd
