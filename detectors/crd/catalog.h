// Decides which resources are custom, that is, defined by a CustomResourceDefinition, as opposed to built-in
// ones and those of aggregated API servers.
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "core/request/request.h"
#include "core/state/bounded_table.h"

namespace redshank::crd {

// How a resource was classified.
enum class Origin : uint8_t {
    BuiltIn,        // a group that the API server itself serves, or the core group
    Aggregated,     // a group with an APIService that points to another server
    Unproven,       // a group that could be custom, but none of its resources was seen to be served
    GroupName,      // the group has a dot and is not built-in, and the resource was seen to be served
    ApiService,     // the API server itself registered the group for a CRD
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

// Learns from every event, separately for each cluster. Bounded: beyond kMaxNames of each kind, new names are
// not kept, and counted.
class Catalog {
  public:
    static constexpr size_t kMaxNames = 20'000;

    // `resources`: "widgets.example.com".
    explicit Catalog(const std::vector<std::string>& resources);

    // Learns CRDs and APIServices; call it with the answering event of each request.
    void learn(std::string_view cluster, const Request& request);

    // For an Unproven resource the caller decides whether it was seen to be served.
    Origin origin_of(std::string_view cluster, std::string_view group, std::string_view resource,
                     bool seen_served) const;
    // Of the resource of the request: remembered by its kind, 40 instead of 230 instructions, or 970 of a
    // custom one. Requests of all calls are of one cluster.
    Origin origin_of(std::string_view cluster, const Request& request, bool seen_served);

    uint64_t refused() const { return refused_; }

    void load(const StateReader& state);
    void save(StateWriter& state) { names_.save(state); }

  private:
    void note(std::string_view cluster, std::string_view name, Known known);
    bool is_known(std::string_view cluster, std::string_view name, Known known) const;

    std::vector<std::string> configured_;
    BoundedTable<KnownName> names_{"crd_health.catalog", kMaxNames};  // cluster, kind's letter and name
    bool crd_in_built_in_group_ = false;  // the rare case that costs a look-up for every request
    struct KnownOrigin {
        size_t names = 0;                 // how many were known then: names only come
        std::array<Origin, 2> origins{};  // not seen to be served, and seen
    };
    PerKind<KnownOrigin> origins_;
    mutable std::string scratch_;
    uint64_t refused_ = 0;
};

// True when only a handler of the resource can have answered so, which proves that the resource exists:
// success, or a refusal that names the object or its schema. A 404 of the mux, missing rights or credentials,
// and throttling prove nothing.
bool proves_served(const audit::Event& event);

}  // namespace redshank::crd
