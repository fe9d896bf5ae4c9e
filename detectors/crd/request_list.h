// Lists every failing request on a custom resource in a log: `redshank crds --requests`.
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

// One JSON object without a newline; its shape is an interface.
std::string to_json(const FailingRequest& request);

// Takes all answering events twice: first with learn(), because a log may show late which resources are
// custom, then with classify(). With classify() alone, it knows only earlier events.
class RequestList {
  public:
    explicit RequestList(const std::vector<std::string>& resources) : catalog_(resources) {}

    void learn(std::string_view cluster, const audit::Event& event);
    // Nothing when the request succeeded or is on no custom resource.
    std::optional<FailingRequest> classify(std::string_view cluster, const audit::Event& event);

  private:
    // Anybody may ask for resources that do not exist.
    static constexpr size_t kMaxResources = 20'000;
    // A request whose watch cache was not filled.
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
