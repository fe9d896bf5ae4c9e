// Which resources are custom: those that a CustomResourceDefinition defines, told apart from built-in ones
// and from those of aggregated API servers.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/request/request.h"
#include "core/state/bounded_table.h"

namespace redshank::crd {

// How it was decided, the surest first.
enum class Origin : uint8_t {
    BuiltIn,        // a group that the API server itself serves, or the core group
    Aggregated,     // a group with an APIService that points to another server
    Unproven,       // a group that could be custom, but nothing in it was ever seen to be served
    GroupName,      // the group has a dot and is not built-in, and the resource was seen to be served
    ApiService,     // the API server registered the group for a CRD by itself
    CrdEvent,       // its CustomResourceDefinition was seen
    Configuration,  // named in the configuration
};

// "config", "crd-event", …, as `custom_because`.
std::span<const std::string_view> words_of(Origin);
std::string_view to_string(Origin origin);

inline bool is_custom(Origin origin) {
    return origin >= Origin::GroupName;
}

// Groups that kube-apiserver serves by itself, by name: custom resources live in *.k8s.io too
// (gateway.networking.k8s.io, snapshot.storage.k8s.io).
bool is_built_in_group(std::string_view group);

enum class Known : uint8_t { Crd, LocalGroup, AggregatedGroup };
std::span<const std::string_view> words_of(Known);

struct KnownName {
    Known known = Known::AggregatedGroup;
};
template <class V>
void describe(V& v, KnownName& row) {
    v.whole("known", row.known);
}

// Learns from every event. Clusters are apart. Bounded: beyond kMaxNames of each, new names are not kept
// and counted.
class Catalog {
  public:
    static constexpr size_t kMaxNames = 20'000;

    // `resources`: "widgets.example.com".
    explicit Catalog(const std::vector<std::string>& resources);

    // Takes CRD and APIService events in; call it with the answering event of each request.
    void learn(std::string_view cluster, const Request& request);

    // Of a resource other than Unproven's last step: whether it was seen to be served is the caller's to say.
    Origin origin_of(std::string_view cluster, std::string_view group, std::string_view resource,
                     bool seen_served) const;

    uint64_t refused() const { return refused_; }

    void load(const StateReader& state);
    void save(StateWriter& state) { names_.save(state); }

  private:
    void note(std::string_view cluster, std::string_view name, Known known);
    bool is_known(std::string_view cluster, std::string_view name, Known known) const;

    std::vector<std::string> configured_;
    BoundedTable<KnownName> names_{"crd_health.catalog", kMaxNames};  // cluster, kind's letter and name
    bool crd_in_built_in_group_ = false;  // the rare case that costs a look-up for every request
    mutable std::string scratch_;
    uint64_t refused_ = 0;
};

// True when this answer can only come from a handler of the resource, so that the resource exists: success,
// or a refusal that names the object or its schema. A 404 of the mux, a missing right, missing credentials
// and throttling say nothing.
bool proves_served(const audit::Event& event);

}  // namespace redshank::crd
