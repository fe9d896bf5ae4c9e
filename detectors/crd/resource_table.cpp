#include "detectors/crd/resource_table.h"

#include <algorithm>

#include "core/state/key.h"

namespace redshank::crd {

namespace {
constexpr uint64_t kMostCalls = uint64_t{1} << 62;  // in no life of a daemon
}

Resource& ResourceTable::at(std::string_view cluster, std::string_view group, std::string_view resource) {
    write_key(scratch_, {cluster, group, resource});
    Resource& found = all_.change(scratch_);
    const bool is_new = found.touched == 0;
    if (is_new) found.key = {std::string(cluster), std::string(group), std::string(resource)};
    touch(found);
    found.due = due_ = {};
    if (is_new) {
        evict(unproven_, kMaxUnproven);
    } else if (found.is_listed()) {
        evict(proven_, kMaxProven);
    }
    return found;
}

void ResourceTable::touch(Resource& resource) {
    // The resource may have been classified anew since it was put into one of them.
    auto place = proven_.extract(resource.touched);
    if (place.empty()) place = unproven_.extract(resource.touched);
    resource.touched = ++calls_;
    Order& order = order_of(resource);
    if (place.empty()) {
        order.emplace_hint(order.end(), resource.touched, &resource);
        return;
    }
    place.key() = resource.touched;
    order.insert(order.end(), std::move(place));
}

void ResourceTable::evict(Order& order, size_t most) {
    while (order.size() > most) {
        all_.erase(order.begin()->second->key.text());
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

void ResourceTable::each_due(audit::Time now, const std::function<void(Resource&, Turn&)>& look) {
    if (now < due_) return;
    due_ = audit::Time::max();
    for (const Order* order : {&proven_, &unproven_}) {
        for (const auto& [touched, resource] : *order) {
            if (resource->due <= now) {
                Turn turn{.now = now};
                look(*resource, turn);
                resource->due = turn.next;
            }
            due_ = std::min(due_, resource->due);
        }
    }
}

void ResourceTable::for_each(const std::function<void(const Resource&)>& handle) const {
    for (const Order* order : {&proven_, &unproven_}) {
        for (const auto& [touched, resource] : *order) handle(*resource);
    }
}

void ResourceTable::load(const StateReader& state) {
    all_.load(state, "", [this](std::string_view key, const Resource& resource) {
        const uint64_t touched = resource.touched;
        if (all_.is_full() || resource.key.text() != key || touched == 0 || touched >= kMostCalls ||
            proven_.contains(touched) || unproven_.contains(touched)) {
            return false;
        }
        calls_ = std::max(calls_, touched);
        order_of(resource).emplace(touched, nullptr);
        return true;
    });
    all_.each([this](std::string_view key, const Resource& resource) {
        order_of(resource)[resource.touched] = all_.find_quietly(key);
    });
}

}  // namespace redshank::crd
