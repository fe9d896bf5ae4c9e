#include "detectors/crd/resource_table.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "detectors/crd/resource_json.h"

namespace redshank::crd {

Resource& ResourceTable::at(std::string_view cluster, std::string_view group, std::string_view resource) {
    scratch_.assign(cluster);
    scratch_ += '\x1f';
    scratch_ += group;
    scratch_ += '\x1f';
    scratch_ += resource;
    const auto [at, is_new] = all_.try_emplace(scratch_);
    Entry& entry = at->second;
    if (is_new) {
        entry.saved = changed_.contains(at->first);  // evicted, but the row is not erased yet
        entry.resource.key = {std::string(cluster), std::string(group), std::string(resource)};
        touch(at->first, entry);
        evict(unproven_, kMaxUnproven);
    } else {
        touch(at->first, entry);
        if (entry.in_proven) evict(proven_, kMaxProven);
    }
    changed_.insert(at->first);
    return entry.resource;
}

void ResourceTable::touch(const std::string& key, Entry& entry) {
    (entry.in_proven ? proven_ : unproven_).erase(entry.resource.touched);
    entry.resource.touched = ++calls_;
    insert(key, entry);
}

void ResourceTable::insert(const std::string& key, Entry& entry) {
    entry.in_proven = entry.resource.is_listed();
    (entry.in_proven ? proven_ : unproven_).emplace(entry.resource.touched, key);
}

void ResourceTable::evict(std::map<uint64_t, std::string>& order, size_t most) {
    while (order.size() > most) {
        const std::string key = std::move(order.begin()->second);
        order.erase(order.begin());
        const auto at = all_.find(key);
        // Without a row there is nothing to erase later: anyone can make this happen a million times.
        if (at->second.saved) {
            changed_.insert(key);
        } else {
            changed_.erase(key);
        }
        all_.erase(at);
        ++evictions_;
    }
}

Resource* ResourceTable::find(const ResourceKey& key) {
    const auto at = all_.find(key.text());
    return at == all_.end() ? nullptr : &at->second.resource;
}

void ResourceTable::mark_changed(const Resource& resource) {
    changed_.insert(resource.key.text());
}

void ResourceTable::for_each(const std::function<void(Resource&)>& handle) {
    // In the order of last use, which depends on the events only: findings come out in this order.
    std::vector<std::string> keys;
    for (const auto* order : {&proven_, &unproven_}) {
        for (const auto& [touched, key] : *order) keys.push_back(key);
    }
    for (const std::string& key : keys) handle(all_.at(key).resource);
}

void ResourceTable::for_each(const std::function<void(const Resource&)>& handle) const {
    for (const auto* order : {&proven_, &unproven_}) {
        for (const auto& [touched, key] : *order) handle(all_.at(key).resource);
    }
}

void ResourceTable::load(const StateReader& state) {
    state.scan(kResourceTable, "", [this](std::string_view key, std::string_view value) {
        auto resource = resource_from_json(value);
        if (!resource) return;
        calls_ = std::max(calls_, resource->touched);
        Entry& entry = all_[std::string(key)];
        entry.resource = std::move(*resource);
        entry.saved = true;
        insert(std::string(key), entry);
    });
}

void ResourceTable::save(StateWriter& state) {
    std::vector<std::string> keys(changed_.begin(), changed_.end());
    changed_.clear();
    std::sort(keys.begin(), keys.end());
    for (const std::string& key : keys) {
        const auto at = all_.find(key);
        if (at == all_.end()) {
            state.erase(kResourceTable, key);
        } else {
            state.put(kResourceTable, key, to_json(at->second.resource));
            at->second.saved = true;
        }
    }
}

}  // namespace redshank::crd
