// The resources of all clusters, bounded, with rows written only for what changed.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <unordered_map>
#include <unordered_set>

#include "core/state/state.h"
#include "detectors/crd/resource.h"

namespace redshank::crd {

class ResourceTable {
  public:
    // Anyone may ask for resources that do not exist, so those have little room. The one that was not asked
    // for the longest goes first.
    static constexpr size_t kMaxProven = 5'000, kMaxUnproven = 500;

    // Makes it when it is new. The reference is good until the next at().
    Resource& at(std::string_view cluster, std::string_view group, std::string_view resource);
    Resource* find(const ResourceKey& key);
    void mark_changed(const Resource& resource);
    void for_each(const std::function<void(Resource&)>& handle);
    void for_each(const std::function<void(const Resource&)>& handle) const;

    size_t size() const { return all_.size(); }
    uint64_t evictions() const { return evictions_; }

    void load(const StateReader& state);
    void save(StateWriter& state);

  private:
    struct Entry {
        Resource resource;
        bool in_proven = false;
        bool saved = false;  // the state has a row of it
    };
    void touch(const std::string& key, Entry& entry);
    void insert(const std::string& key, Entry& entry);
    void evict(std::map<uint64_t, std::string>& order, size_t most);

    std::unordered_map<std::string, Entry> all_;
    std::map<uint64_t, std::string> proven_, unproven_;  // touched → key
    std::unordered_set<std::string> changed_;
    std::string scratch_;
    uint64_t calls_ = 0, evictions_ = 0;
};

}  // namespace redshank::crd
