#include "detectors/crd_health.h"

#include "detectors/crd/catalog.h"
#include "detectors/crd/changes.h"
#include "detectors/crd/fault_alarm.h"
#include "detectors/crd/resource_table.h"

namespace redshank {

namespace {

using crd::Meaning;
using crd::OutcomeClass;
using crd::Resource;

constexpr std::string_view kClockTable = "crd_health.clock";
constexpr std::string_view kChecked = "checked";

// Does my CRD work properly?
class CrdHealth : public Detector {
  public:
    explicit CrdHealth(const CrdHealthConfig& config) : catalog_(config.resources) {
        faults_settings_.slo.objective = config.objective;
        faults_settings_.slo.min_failures = static_cast<uint64_t>(config.min_failures);
        faults_settings_.slo.burn = config.burn;
        faults_settings_.grace = config.grace;
    }

    std::string_view name() const override { return "crd_health"; }

    void observe(const Observation& observation, FindingBook& findings) override {
        const audit::Event& event = observation.event;
        if (!event.object.present || event.object.resource.empty()) return;
        const bool ended =
            event.stage == audit::Stage::ResponseComplete || event.stage == audit::Stage::Panic;
        if (!observation.answers && !ended) return;
        const std::string_view cluster = observation.origin.cluster;
        if (observation.answers) {
            catalog_.learn(cluster, event);
            changes_.learn(cluster, event);
        }
        const crd::Origin origin =
            catalog_.origin_of(cluster, event.object.api_group, event.object.resource, false);
        if (origin == crd::Origin::BuiltIn || origin == crd::Origin::Aggregated) return;
        Resource& resource = resources_.at(cluster, event.object.api_group, event.object.resource);
        if (resource.first_seen == audit::Time{}) resource.first_seen = observation.now;
        resource.last_seen = observation.now;
        const crd::Outcome outcome = resource.memory.take(event);
        // Counted when it has ended, judged when it is answered: a watch is answered long before it ends.
        if (ended) resource.tally.add(event.object.subresource, event.verb, outcome.outcome);
        if (observation.answers) answered(resource, outcome, observation, findings);
    }

    void advance(audit::Time now, FindingBook& findings) override {
        using std::chrono::floor, std::chrono::minutes;
        if (floor<minutes>(now) == floor<minutes>(checked_)) return;
        checked_ = now;
        resources_.for_each([&](Resource& resource) {
            if (faults_.check(resource, now, faults_settings_, findings)) resources_.mark_changed(resource);
        });
    }

    void load(const StateReader& state) override {
        catalog_.load(state);
        changes_.load(state);
        resources_.load(state);
        if (const auto checked = state.get(kClockTable, kChecked))
            checked_ = audit::Time{audit::Duration{std::stoll(*checked)}};
    }

    void save(StateWriter& state) override {
        catalog_.save(state);
        changes_.save(state);
        resources_.save(state);
        state.put(kClockTable, kChecked, std::to_string(checked_.time_since_epoch().count()));
    }

  private:
    void answered(Resource& resource, const crd::Outcome& outcome, const Observation& observation,
                  FindingBook& findings) {
        const audit::Event& event = observation.event;
        resource.origin = catalog_.origin_of(observation.origin.cluster, event.object.api_group,
                                             event.object.resource, resource.memory.served);
        if (outcome.outcome == OutcomeClass::Ok) {
            resource.valid.add(observation.now);
            resource.last_good = observation.now;
            for (auto& [failed, track] : resource.tracks) track.add_success(event);
            return;
        }
        resource.tracks[outcome.outcome].add_failure(observation, outcome);
        if (crd::meaning_of(outcome.outcome) == Meaning::Fault) {
            resource.valid.add(observation.now);
            faults_.failed(resource, outcome, observation, changes_, faults_settings_, findings);
        }
    }

    crd::Catalog catalog_;
    crd::Changes changes_;
    crd::ResourceTable resources_;
    crd::FaultAlarm faults_;
    crd::FaultAlarm::Settings faults_settings_;
    audit::Time checked_{};
};

}  // namespace

std::unique_ptr<Detector> make_crd_health(const CrdHealthConfig& config) {
    return std::make_unique<CrdHealth>(config);
}

}  // namespace redshank
