#include "detectors/engine.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "core/metric/evictions.h"
#include "core/metric/summed.h"
#include "core/state/row.h"
#include "detectors/access/config.h"
#include "detectors/access/suppression.h"

namespace redshank {

namespace {

constexpr std::string_view kClusters = "engine.clusters";
constexpr std::string_view kCommon =
    access::kSuppressions;  // people write it, and do not say for which cluster

constexpr int64_t kMostClusters = 10'000;  // a larger number in the state is damage

// The part of the state that is this cluster's.
struct ClusterRow {
    int64_t number = 0;
};
template <class V>
void describe(V& v, ClusterRow& row) {
    v.must("number", row.number);  // from 0 to kMostClusters - 1
}

}  // namespace

Engine::Engine(DetectorConfig config, size_t symbols)
    : config_(std::move(config)),
      proxies_(config_.of<access::Config>().proxies()),
      symbols_(symbols),
      first_(std::make_unique<ClusterEngine>(config_)) {}

Engine::Cluster& Engine::of(std::string_view cluster) {
    if (last_ != nullptr && last_->first == cluster) return last_->second;
    const auto [at, is_new] = clusters_.try_emplace(std::string(cluster));
    if (is_new) {
        at->second.number = next_++;
        at->second.engine = first_ ? std::move(first_) : std::make_unique<ClusterEngine>(config_);
    }
    last_ = &*at;
    return at->second;
}

void Engine::observe(const audit::Event& event, const Origin& origin) {
    Request request = symbols_.understand(event);
    of(origin.cluster).engine->observe(request, origin);
}

std::vector<ToldOf> Engine::observe(std::string_view cluster, std::span<Request> requests,
                                    std::span<const Origin> origins, Crew& crew, const Crew::Task& besides) {
    std::vector<ToldOf> told;
    of(cluster).engine->observe(requests, origins, crew, besides, told);
    return told;
}

template <typename Take>
std::vector<Finding> Engine::of_all(Take take) {
    std::vector<Finding> findings;
    for (auto& [name, cluster] : clusters_) {
        std::vector<Finding> some = take(*cluster.engine);
        if (findings.empty()) findings.swap(some);  // most hosts have one cluster
        std::move(some.begin(), some.end(), std::back_inserter(findings));
    }
    return findings;
}

std::vector<Finding> Engine::drain(bool all) {
    return of_all([all](ClusterEngine& cluster) { return cluster.drain(all); });
}

std::vector<Finding> Engine::take_changed() {
    return of_all([](ClusterEngine& cluster) { return cluster.take_changed(); });
}

void Engine::forget_changed() {
    for (auto& [name, cluster] : clusters_) cluster.engine->forget_changed();
}

void Engine::reload(const DetectorConfig& config) {
    config_ = config;
    if (first_) first_->reload(config_);
    for (auto& [name, cluster] : clusters_) cluster.engine->reload(config_);
}

audit::Time Engine::now() const {
    audit::Time now = first_ ? first_->now() : audit::Time{};
    for (const auto& [name, cluster] : clusters_) now = std::max(now, cluster.engine->now());
    return now;
}

void Engine::load(const StateReader& state) {
    load_rows<ClusterRow>(state, kClusters, "", [&](std::string_view name, ClusterRow row) {
        const auto number = static_cast<uint32_t>(row.number);
        if (row.number < 0 || row.number >= kMostClusters) return false;
        for (const auto& [other, cluster] : clusters_) {
            if (cluster.number == number) return false;
        }
        clusters_[std::string(name)] = {
            number, number == 0 ? std::move(first_) : std::make_unique<ClusterEngine>(config_)};
        next_ = std::max(next_, number + 1);
        return true;
    });
    saved_ = next_;
    if (first_) first_->load(PartitionReader(state, 0, kCommon));
    for (auto& [name, cluster] : clusters_)
        cluster.engine->load(PartitionReader(state, cluster.number, kCommon));
}

void Engine::save(StateWriter& state) {
    for (auto& [name, cluster] : clusters_) {
        if (cluster.number >= saved_) {
            ClusterRow row{.number = cluster.number};
            state.put(kClusters, name, write_row(row));
        }
        PartitionWriter part(state, cluster.number, kCommon);
        cluster.engine->save(part);
    }
    saved_ = next_;
}

void Engine::refresh(const StateReader& state) {
    if (first_) first_->refresh(state);
    for (auto& [name, cluster] : clusters_)
        cluster.engine->refresh(PartitionReader(state, cluster.number, kCommon));
}

void Engine::measure(MetricWriter& metrics) const {
    SummedMetrics sums;
    if (first_) first_->measure(sums);
    for (const auto& [name, cluster] : clusters_) cluster.engine->measure(sums);
    sums.write_to(metrics);
    for (const auto& [name, cluster] : clusters_) cluster.engine->counts().measure(metrics, name);
    count_evictions(metrics, "symbols", symbols_.evictions());
}

AllPartitions detectors_state(const StateReader& state) {
    uint32_t parts = 0;
    load_rows<ClusterRow>(state, kClusters, "", [&](std::string_view, const ClusterRow& row) {
        if (row.number >= 0 && row.number < kMostClusters)
            parts = std::max(parts, static_cast<uint32_t>(row.number) + 1);
    });
    return AllPartitions(state, parts);
}

}  // namespace redshank
