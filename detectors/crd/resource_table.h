// The resources of all clusters, bounded; only changed rows are written.
#pragma once

#include <functional>
#include <map>
#include <string>

#include "core/state/bounded_table.h"
#include "detectors/crd/resource.h"

namespace redshank::crd {

class ResourceTable {
  public:
    // Anybody may ask for resources that do not exist, so these get little room. The one that was not
    // requested for the longest time is evicted first.
    static constexpr size_t kMaxProven = 5'000, kMaxUnproven = 500;

    // Returns the resource, created if it is new. The reference is valid until the next at().
    Resource& at(std::string_view cluster, std::string_view group, std::string_view resource);
    Resource* find(const ResourceKey& key);
    void mark_changed(const Resource& resource);
    // Visits resources that were asked for since the last visit, and those for which it is time, by the turn
    // of that visit; in the order of last use, which depends on the events only.
    void each_due(audit::Time now, const std::function<void(Resource&, Turn&)>& look);
    void for_each(const std::function<void(const Resource&)>& handle) const;

    size_t size() const { return all_.size(); }
    uint64_t evictions() const { return evictions_; }

    void load(const StateReader& state);
    void save(StateWriter& state) { all_.save(state); }

  private:
    using Order = std::map<uint64_t, Resource*>;  // by `touched`
    void touch(Resource& resource);
    Order& order_of(const Resource& resource) { return resource.is_listed() ? proven_ : unproven_; }
    void evict(Order& order, size_t most);

    // Two orders of eviction in one table, so it is this class that evicts.
    BoundedTable<Resource> all_{std::string(kResourceTable), kMaxProven + kMaxUnproven + 1};
    Order proven_, unproven_;
    std::string scratch_;
    audit::Time due_{};  // the earliest of all
    uint64_t calls_ = 0, evictions_ = 0;
};

}  // namespace redshank::crd
