#include "detectors/crd/resource_table.h"

#include <algorithm>
#include <vector>

#include "core/state/key.h"

namespace redshank::crd {

namespace {
constexpr uint64_t kMostCalls = uint64_t{1} << 62;  // in no life of a daemon
}

Resource& ResourceTable::at(std::string_view cluster, std::string_view group, std::string_view resource) {
    write_key(scratch_, {cluster, group, resource});
    const bool is_new = !all_.contains(scratch_);
    Resource& found = all_.change(scratch_);
    if (is_new) found.key = {std::string(cluster), std::string(group), std::string(resource)};
    touch(scratch_, found);
    if (is_new) {
        evict(unproven_, kMaxUnproven);
    } else if (found.is_listed()) {
        evict(proven_, kMaxProven);
    }
    return found;
}

void ResourceTable::touch(const std::string& key, Resource& resource) {
    // The resource may have been classified anew since it was put into one of them.
    auto place = proven_.extract(resource.touched);
    if (place.empty()) place = unproven_.extract(resource.touched);
    resource.touched = ++calls_;
    Order& order = order_of(resource);
    if (place.empty()) {
        order.emplace_hint(order.end(), resource.touched, key);
        return;
    }
    place.key() = resource.touched;
    place.mapped() = key;
    order.insert(order.end(), std::move(place));
}

void ResourceTable::evict(Order& order, size_t most) {
    while (order.size() > most) {
        all_.erase(order.begin()->second);
        order.erase(order.begin());
        ++evictions_;
    }
}

Resource* ResourceTable::find(const ResourceKey& key) {
    return all_.find_quietly(key.text());
}

void ResourceTable::mark_changed(const Resource& resource) {
    all_.change(resource.key.text());
}

void ResourceTable::for_each(const std::function<void(Resource&)>& handle) {
    // Findings come out in the order of last use, which depends on the events only.
    std::vector<std::string> keys;
    for (const auto* order : {&proven_, &unproven_}) {
        for (const auto& [touched, key] : *order) keys.push_back(key);
    }
    for (const std::string& key : keys) handle(*all_.find_quietly(key));
}

void ResourceTable::for_each(const std::function<void(const Resource&)>& handle) const {
    for (const auto* order : {&proven_, &unproven_}) {
        for (const auto& [touched, key] : *order) handle(*all_.find(key));
    }
}

void ResourceTable::load(const StateReader& state) {
    all_.load(state, "", [this](const std::string& key, const Resource& resource) {
        const uint64_t touched = resource.touched;
        if (all_.is_full() || resource.key.text() != key || touched >= kMostCalls ||
            proven_.contains(touched) || unproven_.contains(touched)) {
            return false;
        }
        calls_ = std::max(calls_, touched);
        order_of(resource).emplace(touched, key);
        return true;
    });
}

}  // namespace redshank::crd
