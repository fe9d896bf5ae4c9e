// Every failing request on a custom resource in a log, one by one: `redshank crds --requests`.
#pragma once

#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "detectors/crd/catalog.h"
#include "detectors/crd/memory.h"

namespace redshank::crd {

struct FailingRequest {
    audit::Time time{};
    std::string audit_id, group, resource, subresource, namespace_, name, verb;
    int code = 0;
    OutcomeClass outcome = OutcomeClass::Ok;
    bool spends_budget = false;
    std::string cause;
};

// One JSON object without a newline; the shape is the contract's.
std::string to_json(const FailingRequest& request);

// Shown the answering events twice: first all of them to learn() from, because a log may show late what is
// custom, then again to classify(). Shown once, only to classify(), it knows what came before.
class RequestList {
  public:
    explicit RequestList(const std::vector<std::string>& resources) : catalog_(resources) {}

    void learn(std::string_view cluster, const audit::Event& event);
    // Nothing when the request succeeded or is on no custom resource.
    std::optional<FailingRequest> classify(std::string_view cluster, const audit::Event& event);

  private:
    // Anyone may ask for resources that do not exist.
    static constexpr size_t kMaxResources = 20'000;
    // A request that found no storage.
    struct Waiting {
        audit::Time time;
        std::string version, audit_id;
    };
    struct Resource {
        Memory memory;
        std::vector<Waiting> waiting;
    };
    Resource* resource_of(std::string_view cluster, const audit::Event& event);
    void look_back(Resource& resource, const audit::Event& event, const Outcome& outcome);

    Symbols symbols_;
    Catalog catalog_;
    std::unordered_map<std::string, Resource> resources_;
    std::unordered_set<std::string> unconverted_;  // audit IDs that waited for storage when conversion failed
};

}  // namespace redshank::crd
