// Everything that is kept about one custom resource of one cluster.
#pragma once

#include <map>
#include <string>

#include "detectors/crd/catalog.h"
#include "detectors/crd/memory.h"
#include "detectors/crd/tally.h"
#include "detectors/crd/track.h"

namespace redshank::crd {

struct ResourceKey {
    std::string cluster, group, resource;

    bool operator==(const ResourceKey&) const = default;
    std::string name() const { return resource + "." + group; }
    std::string text() const { return cluster + '\x1f' + group + '\x1f' + resource; }
};

struct Resource {
    ResourceKey key;
    Origin origin = Origin::Unproven;
    Memory memory;
    Tally tally;
    Windows valid;                         // requests that the objective is about: good ones and faults
    std::map<OutcomeClass, Track> tracks;  // everything but Ok
    audit::Time first_seen{}, last_seen{}, last_good{};
    uint64_t touched = 0;  // when it was last used, counted in requests: the order of eviction

    bool is_listed() const { return is_custom(origin); }
};

}  // namespace redshank::crd
