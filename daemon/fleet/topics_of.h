#pragma once

#include <any>
#include <vector>

#include "daemon/config/config.h"
#include "daemon/sources/kafka_source.h"

namespace redshank {

// The sources of a configuration that read topics.
template <class AnyConfig>
auto topics_of(AnyConfig& config) {
    std::vector<decltype(std::any_cast<KafkaSourceConfig>(&config.sources.front().own))> all;
    for (auto& source : config.sources) {
        if (auto* topics = std::any_cast<KafkaSourceConfig>(&source.own)) all.push_back(topics);
    }
    return all;
}

}  // namespace redshank
