#include "detectors/cluster_engine.h"

#include <algorithm>

#include "core/metric/evictions.h"
#include "core/state/row.h"

namespace redshank {

namespace {
constexpr std::string_view kClockTable = "engine.clock";
constexpr std::string_view kNow = "now";
constexpr Metric kFindingsOpen{"redshank_findings_open", Metric::Gauge, "", "Findings that may still grow."};
}  // namespace

ClusterEngine::ClusterEngine(const DetectorConfig& config)
    : detectors_(make_detectors(config)), book_({.keep_all_evidence = config.keep_all_evidence}) {}

void ClusterEngine::observe(const audit::Event& event, const Request& request, const Origin& origin) {
    using std::chrono::floor, std::chrono::seconds;
    const audit::Time now = std::max(clock_.time, event.stage_time);
    if (floor<seconds>(now) > floor<seconds>(clock_.time)) {
        book_.advance(now);
        for (const auto& detector : detectors_) detector->advance(now, book_);
    }
    clock_.time = now;
    const Observation observation{.event = event,
                                  .request = request,
                                  .origin = origin,
                                  .answers = requests_.answers(event),
                                  .now = now};
    for (const auto& detector : detectors_) detector->observe(observation, book_);
}

void ClusterEngine::reload(const DetectorConfig& config) {
    for (const auto& detector : detectors_) detector->reload(config);
}

void ClusterEngine::load(const StateReader& state) {
    load_row(state, kClockTable, kNow, clock_);
    requests_.load(state);
    book_.load(state);
    for (const auto& detector : detectors_) detector->load(state);
}

void ClusterEngine::save(StateWriter& state) {
    state.put(kClockTable, kNow, write_row(clock_));
    requests_.save(state);
    book_.save(state);
    for (const auto& detector : detectors_) detector->save(state);
}

void ClusterEngine::refresh(const StateReader& state) {
    for (const auto& detector : detectors_) detector->refresh(state);
}

void ClusterEngine::measure(MetricWriter& metrics) const {
    metrics.set(kFindingsOpen, {}, book_.open());
    count_evictions(metrics, "findings", book_.evictions());
    count_evictions(metrics, "requests", requests_.evictions());
    for (const auto& detector : detectors_) detector->measure(metrics);
}

}  // namespace redshank
