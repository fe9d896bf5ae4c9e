#include "detectors/crd/visibility.h"

#include "core/state/row.h"

namespace redshank::crd {

namespace {

constexpr std::string_view kVisible = "crd_health.visible";

}  // namespace

void Visibility::saw(std::string_view cluster, audit::Time now) {
    if (last_ == nullptr || last_->first != cluster) {
        auto found = logs_.find(cluster);
        if (found == logs_.end()) found = logs_.try_emplace(std::string(cluster)).first;
        last_ = &*found;
    }
    Log& log = last_->second;
    if (now - log.last > kHole) log.since = now;
    log.last = now;
}

audit::Time Visibility::since(std::string_view cluster, audit::Time now) const {
    const auto found = logs_.find(cluster);
    return found == logs_.end() || now - found->second.last > kHole ? now : found->second.since;
}

void Visibility::load(const StateReader& state) {
    load_rows<Log>(state, kVisible, "", [this](std::string_view cluster, Log log) {
        logs_.insert_or_assign(std::string(cluster), log);
    });
}

void Visibility::save(StateWriter& state) const {
    for (const auto& [cluster, log] : logs_) {
        state.put(kVisible, cluster, write_row(log));
    }
}

}  // namespace redshank::crd
